"""Live groups (AVChatRoom): members, admins, robots, marks, broadcast."""

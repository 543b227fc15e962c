"""Files that were sent: signing, banning, allowing them."""

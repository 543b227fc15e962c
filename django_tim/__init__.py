"""Run Tencent Cloud IM (即时通信 IM, "TIM") for a Django project."""

__version__ = "0.1.0"

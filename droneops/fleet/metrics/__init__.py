"""What an operator watches: numbers for Prometheus, and a health answer in JSON."""

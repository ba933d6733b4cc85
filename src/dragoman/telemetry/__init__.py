"""What the gateway says about itself: logs now, metrics and traces beside them."""

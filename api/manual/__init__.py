"""The manual: pages for whoever runs Underlag, studies with it or builds on it."""

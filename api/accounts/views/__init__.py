"""What accounts show and answer: pages for people, and routes for programs."""

"""An evidence card: what is known of an instrument in a sample, written, signed and shown as one document."""

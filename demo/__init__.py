"""The fictional operator Brumaire Télécom: its master data, its suppliers' files, and the outside world it talks to."""

"""Requests of persons about their data, consent, erasure, retention and the register of processing."""

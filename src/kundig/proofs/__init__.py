"""The shelf of proofs: one file, one method or model held against what is known (contract: ``kundig.proof``)."""

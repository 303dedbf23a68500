"""What persons decided: risks they accept for a time, and what they attest with a document.

Both stand in files beside the estate's own, `waivers.yaml` and `attestations.yaml`, so that they
are reviewed as every other change of the estate is. Nothing here looks at a clock: whoever asks
says which moment is meant.
"""

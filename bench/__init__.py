"""What kundig costs in time and memory, beside pm4py and beside plain SQL, measured in one run."""

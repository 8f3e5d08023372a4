"""The overview and every insight of the shelf as page and JSON, without code of its own; saved views."""

"""The reference of the mechanisms around views: passes, tables, ViewMeta, functionalization."""

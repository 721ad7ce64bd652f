"""Virtual hard disk files in dialogs: inspected, made, and edited with progress and Cancel."""

"""The networks the project started from: MTCNN, and the original project's classifiers."""

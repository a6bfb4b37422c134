"""One picture, one file: the chart under the sentence of the same name, few colours, labels on the marks."""

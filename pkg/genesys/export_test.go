package genesys

import (
	"io"

	"genesys-timeouts/pkg/dataaction"
)

// ReadAggregates reads an answer without a server.
func ReadAggregates(from io.Reader, overMS []int64) ([]dataaction.Measurement, error) {
	return readAggregates(from, viewNames(overMS))
}

// Documented reports whether a shape may show a key.
func Documented(key string) bool { return documented()[key] }

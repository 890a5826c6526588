package web

import (
	"bufio"
	"io"
	"strings"
)

// HeaderTotalCount says how many rows a list has in all, whatever part of it the
// answer holds.
const HeaderTotalCount = "X-Total-Count"

// CSVWriter writes RFC 4180 records that are safe to open in a spreadsheet.
// encoding/csv quotes a formula but leaves it a formula (security.md 47), hence
// our own; it keeps one buffer and no record.
type CSVWriter struct {
	buf *bufio.Writer
}

// NewCSVWriter makes one; Flush it at the end.
func NewCSVWriter(w io.Writer) *CSVWriter {
	return &CSVWriter{buf: bufio.NewWriterSize(w, 32<<10)}
}

// Record writes one line. An error of the underlying writer sticks and is
// returned from then on, so that a client who left ends the download.
func (w *CSVWriter) Record(cells []string) error {
	for i, cell := range cells {
		if i > 0 {
			w.buf.WriteByte(',')
		}
		writeCSVCell(w.buf, cell)
	}
	_, err := w.buf.WriteString("\r\n")
	return err
}

// Flush sends what is left.
func (w *CSVWriter) Flush() error { return w.buf.Flush() }

// writeCSVCell writes one cell: a formula is made text by a leading apostrophe,
// and what RFC 4180 section 2 requires to be quoted is quoted.
func writeCSVCell(w *bufio.Writer, cell string) {
	if strings.IndexByte(cell, 0) >= 0 {
		// Spreadsheets stop reading, or guess UTF-16, at a NUL.
		cell = strings.ReplaceAll(cell, "\x00", "\uFFFD")
	}
	formula := startsFormula(cell)
	quoted := strings.ContainsAny(cell, ",\"\r\n") || cell != strings.TrimSpace(cell)
	if quoted {
		w.WriteByte('"')
	}
	if formula {
		w.WriteByte('\'')
	}
	if quoted {
		for {
			i := strings.IndexByte(cell, '"')
			if i < 0 {
				break
			}
			w.WriteString(cell[:i+1])
			w.WriteByte('"')
			cell = cell[i+1:]
		}
	}
	w.WriteString(cell)
	if quoted {
		w.WriteByte('"')
	}
}

// startsFormula reports whether a spreadsheet could take the cell for a formula
// or a command (CWE-1236): it trims spaces and quotes before it looks, so we do.
// The full-width forms are what some spreadsheets fold to the ASCII ones.
func startsFormula(cell string) bool {
	if cell == "" {
		return false
	}
	switch cell[0] {
	case '\t', '\r', '\n':
		return true
	}
	rest := strings.TrimLeft(cell, " \u00a0\"'\t\r\n\v\f\ufeff")
	if rest == "" {
		return false
	}
	for _, sign := range []string{"=", "+", "-", "@", "\t", "\r", "\ufffd", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(rest, sign) {
			return true
		}
	}
	return false
}

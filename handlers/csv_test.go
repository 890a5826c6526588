package handlers

import (
	"bytes"
	"encoding/csv"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"latchkey/views"
	"latchkey/web"
)

func csvLine(t testing.TB, cells ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := web.NewCSVWriter(&out)
	if err := w.Record(cells); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestCSVFormula(t *testing.T) {
	tests := []struct{ name, cell, want string }{
		{"plain", "billing-sync", "billing-sync"},
		{"empty", "", ""},
		{"equals", "=1+1", "'=1+1"},
		{"plus", "+1", "'+1"},
		{"minus", "-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"},
		{"at", "@SUM(A1)", "'@SUM(A1)"},
		{"behind spaces", "  =1", `"'  =1"`},
		{"behind a quote", `"=1`, `"'""=1"`},
		{"behind an apostrophe", `'=1`, `''=1`},
		{"tab", "\t=1", "\"'\t=1\""},
		{"tab alone", "\tx", "\"'\tx\""},
		{"return", "\rx", "\"'\rx\""},
		{"NUL", "\x00=1", "'\uFFFD=1"},
		{"byte order mark", "\ufeff=1", "'\ufeff=1"},
		{"full width", "＝1", "'＝1"},
		{"a minus inside", "ci-pipeline", "ci-pipeline"},
		{"comma", "a,b", `"a,b"`},
		{"quote", `say "hi"`, `"say ""hi"""`},
		{"lines", "one\r\ntwo", "\"one\r\ntwo\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := csvLine(t, tt.cell); got != tt.want+"\r\n" {
				t.Errorf("got %q, want %q", got, tt.want+"\r\n")
			}
		})
	}
}

type leaver struct{}

var errLeft = errors.New("client left")

func (leaver) Write([]byte) (int, error) { return 0, errLeft }

func TestCSVStopsWhenTheClientLeaves(t *testing.T) {
	w := web.NewCSVWriter(leaver{})
	for range 100_000 {
		if err := w.Record([]string{"ci-pipeline", "Active"}); err != nil {
			if !errors.Is(err, errLeft) {
				t.Fatalf("got %v, want the writer's error", err)
			}
			return
		}
	}
	t.Fatal("kept writing to a client that had left")
}

func FuzzCSVCell(f *testing.F) {
	for _, seed := range []string{"", "=1", " =1", "\"=1", "a,b", "a\"b", "a\nb", "\x00", "\r", "-1", "\ufeff@x", "'", "''=", "é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		line := csvLine(t, cell, "end")
		// A line with a lone CR inside quotes is read back as LF by encoding/csv.
		reader := csv.NewReader(strings.NewReader(line))
		records, err := reader.ReadAll()
		if err != nil {
			t.Fatalf("%q does not read back: %v", line, err)
		}
		if len(records) != 1 || len(records[0]) != 2 || records[0][1] != "end" {
			t.Fatalf("%q reads back as %q", line, records)
		}
		got := records[0][0]
		if got != "" && strings.ContainsRune("=+-@\t\r\x00", rune(got[0])) {
			t.Fatalf("%q is still a formula: %q", cell, got)
		}
		normal := func(s string) string {
			s = strings.ReplaceAll(s, "\x00", "\uFFFD")
			return strings.ReplaceAll(s, "\r\n", "\n")
		}
		if normal(strings.TrimPrefix(got, "'")) != normal(cell) && normal(got) != normal(cell) {
			t.Fatalf("%q became %q", cell, got)
		}
	})
}

func TestADownloadThatFailsIsNoTable(t *testing.T) {
	failure := errors.New("disk on fire")
	begun := func() *download {
		request := httptest.NewRequest(http.MethodGet, "/applications.csv", nil)
		c := echo.New().NewContext(request, httptest.NewRecorder())
		return &download{c: c, kind: views.ApplicationsTable, columns: []string{"name"}}
	}
	if err := begun().finish(failure); !errors.Is(err, failure) {
		t.Errorf("before the first row: got %v, want the failure, for an error page", err)
	}
	d := begun()
	if err := d.begin(); err != nil {
		t.Fatal(err)
	}
	if err := d.finish(failure); !errors.Is(err, failure) || err.Error() != web.Broken(failure).Error() {
		t.Errorf("after the first row: got %v, want the answer to break off: half a table looks whole", err)
	}
}

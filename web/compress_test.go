package web

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

func TestPagesAreCompressedWhereThatIsSafe(t *testing.T) {
	long := strings.Repeat("<p>a row like the others</p>", 200)
	for _, tt := range []struct {
		name, method, accepts, page string
		want                        bool
	}{
		{"a browser", http.MethodGet, "gzip, deflate, br, zstd", long, true},
		{"curl", http.MethodGet, "", long, false},
		{"refused by weight", http.MethodGet, "gzip;q=0, br", long, false},
		{"another coding", http.MethodGet, "br", long, false},
		{"a short fragment", http.MethodGet, "gzip", "<p>60</p>", false},
		{"an answer that may show a secret", http.MethodPost, "gzip", long, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			request := httptest.NewRequest(tt.method, "/", nil)
			request.Header.Set("Accept-Encoding", tt.accepts)
			answer := httptest.NewRecorder()
			c := echo.New().NewContext(request, answer)
			page := templ.ComponentFunc(func(_ context.Context, w io.Writer) error { _, err := io.WriteString(w, tt.page); return err })
			if err := Render(c, http.StatusOK, page); err != nil {
				t.Fatal(err)
			}
			if got := answer.Header().Get("Content-Encoding") == "gzip"; got != tt.want {
				t.Fatalf("compressed: %v, want %v", got, tt.want)
			}
			if answer.Header().Get("Vary") == "" {
				t.Error("the answer does not say that it varies")
			}
			if got := plain(t, answer); got != tt.page {
				t.Errorf("the page came as %q", got)
			}
		})
	}
}

func plain(t *testing.T, answer *httptest.ResponseRecorder) string {
	t.Helper()
	var body io.Reader = answer.Body
	if answer.Header().Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(body)
		if err != nil {
			t.Fatal(err)
		}
		body = z
	}
	content, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

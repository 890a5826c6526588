package gallery_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"latchkey/static"
	"latchkey/views/gallery"
)

var (
	update = flag.Bool("update", false, "write the golden files anew")
	render = flag.String("render", "", "write every state, with the assets, into this folder to be looked at")
)

func renderState(t *testing.T, c templ.Component) string {
	t.Helper()
	var buf bytes.Buffer
	if err := c.Render(context.Background(), &buf); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func TestStatesHaveNamesOfTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range gallery.States() {
		if seen[s.Name] {
			t.Errorf("two states are named %q", s.Name)
		}
		seen[s.Name] = true
	}
}

func TestStatesLookAsTheyDid(t *testing.T) {
	for _, s := range gallery.States() {
		t.Run(s.Name, func(t *testing.T) {
			got := canonical(t, renderState(t, s.Component))
			golden := filepath.Join("testdata", strings.ReplaceAll(s.Name, "/", "_")+".html")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v (run: go test ./views/gallery -update, and read the difference)", err)
			}
			if want := canonical(t, string(want)); got != want {
				t.Errorf("differs from %s at %s\n(run: go test ./views/gallery -update, and read the difference)", golden, firstDifference(got, want))
			}
		})
	}
}

// canonical parses markup and writes it one node a line, so that golden files compare by meaning and read well in a
// diff. Hashes in asset names change with every edit of an asset and say nothing about markup.
func canonical(t *testing.T, markup string) string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(markup))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	writeNode(&out, doc, 0)
	return assetHash.ReplaceAllString(out.String(), "/static/$1.HASH.$2")
}

var assetHash = regexp.MustCompile(`/static/([a-z]+)\.[0-9a-f]{16}\.([a-z]+)`)

func writeNode(out *strings.Builder, n *html.Node, depth int) {
	indent := strings.Repeat(" ", depth)
	switch n.Type {
	case html.TextNode:
		if text := strings.Join(strings.Fields(n.Data), " "); text != "" {
			out.WriteString(indent + html.EscapeString(text) + "\n")
		}
		return
	case html.ElementNode:
		out.WriteString(indent + "<" + n.Data)
		for _, a := range n.Attr {
			out.WriteString(" " + a.Key + `="` + html.EscapeString(a.Val) + `"`)
		}
		out.WriteString(">")
		if keepsSpace[n.Data] {
			out.WriteString(html.EscapeString(textOf(n)) + "</" + n.Data + ">\n")
			return
		}
		out.WriteString("\n")
	case html.DoctypeNode:
		out.WriteString("<!DOCTYPE html>\n")
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		writeNode(out, child, depth+1)
	}
	if n.Type == html.ElementNode && !voidElements[n.Data] {
		out.WriteString(indent + "</" + n.Data + ">\n")
	}
}

// keepsSpace are the elements of text alone in which every space counts.
var keepsSpace = map[string]bool{"code": true, "textarea": true}

func textOf(n *html.Node) string {
	if n.FirstChild == nil {
		return ""
	}
	return n.FirstChild.Data
}

// voidElements have no end tag.
var voidElements = map[string]bool{"br": true, "hr": true, "img": true, "input": true, "link": true, "meta": true}

func firstDifference(got, want string) string {
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(gotLines), len(wantLines)) {
		if gotLines[i] != wantLines[i] {
			return fmt.Sprintf("line %d\n got  %.200s\n want %.200s", i+1, gotLines[i], wantLines[i])
		}
	}
	return "its end"
}

func TestStatesKeepTheRulesOfMarkup(t *testing.T) {
	for _, s := range gallery.States() {
		t.Run(s.Name, func(t *testing.T) {
			doc, err := goquery.NewDocumentFromReader(strings.NewReader(renderState(t, s.Component)))
			if err != nil {
				t.Fatal(err)
			}
			checkIDs(t, doc)
			checkReferences(t, doc, s.Document)
			checkPolicy(t, doc)
			checkNames(t, doc)
			if s.Document {
				checkDocument(t, doc)
			}
		})
	}
}

func describe(s *goquery.Selection) string {
	markup, _ := goquery.OuterHtml(s.First())
	if len(markup) > 160 {
		markup = markup[:160] + "..."
	}
	return markup
}

func checkIDs(t *testing.T, doc *goquery.Document) {
	seen := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if id == "" || strings.ContainsAny(id, " \t\n") {
			t.Errorf("bad id %q in %s", id, describe(s))
		}
		if seen[id] {
			t.Errorf("two elements have the id %q", id)
		}
		seen[id] = true
	})
}

// checkReferences follows every attribute that names an id of the same page. Parts on their own may name ids of the
// page that they will stand in, but not their own pieces.
func checkReferences(t *testing.T, doc *goquery.Document, whole bool) {
	exists := func(id string) bool { return doc.Find(`[id="`+id+`"]`).Length() > 0 }
	for _, attribute := range []string{"for", "aria-labelledby", "aria-describedby", "aria-controls", "popovertarget", "data-labelledby", "data-describedby", "data-copy", "data-reveal"} {
		doc.Find("[" + attribute + "]").Each(func(_ int, s *goquery.Selection) {
			for _, id := range strings.Fields(s.AttrOr(attribute, "")) {
				if !exists(id) {
					t.Errorf("%s=%q leads nowhere in %s", attribute, id, describe(s))
				}
			}
		})
	}
	if !whole {
		return
	}
	doc.Find("a[href^='#']").Each(func(_ int, s *goquery.Selection) {
		if id := strings.TrimPrefix(s.AttrOr("href", ""), "#"); !exists(id) {
			t.Errorf("link to #%s leads nowhere", id)
		}
	})
}

// checkPolicy holds what the Content-Security-Policy forbids: the browser would drop it silently.
func checkPolicy(t *testing.T, doc *goquery.Document) {
	doc.Find("*").Each(func(_ int, s *goquery.Selection) {
		for _, a := range s.Get(0).Attr {
			switch {
			case a.Key == "style", strings.HasPrefix(a.Key, "on"), strings.HasPrefix(a.Key, "hx-on"):
				t.Errorf("the attribute %s stands in %s", a.Key, describe(s))
			case strings.HasPrefix(a.Key, "hx-vals"), strings.HasPrefix(a.Key, "hx-headers"):
				t.Errorf("%s may run script; %s", a.Key, describe(s))
			case a.Key == "hx-trigger" && strings.Contains(a.Val, "["):
				t.Errorf("the trigger filter %q needs eval", a.Val)
			case strings.HasPrefix(strings.TrimSpace(a.Val), "javascript:"):
				t.Errorf("%s=%q", a.Key, a.Val)
			}
		}
	})
	if n := doc.Find("style, body script, iframe, object, embed").Length(); n > 0 {
		t.Errorf("%d elements that the policy forbids", n)
	}
}

// checkNames wants a name for everything one can press or fill in, and a href or a form under everything that acts.
func checkNames(t *testing.T, doc *goquery.Document) {
	doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if s.AttrOr("aria-label", "") == "" && (id == "" || doc.Find(`label[for="`+id+`"]`).Length() == 0) {
			t.Errorf("no label for %s", describe(s))
		}
	})
	doc.Find("button, a").Each(func(_ int, s *goquery.Selection) {
		if s.AttrOr("aria-label", "") == "" && strings.TrimSpace(s.Text()) == "" {
			t.Errorf("no name for %s", describe(s))
		}
	})
	doc.Find("a").Each(func(_ int, s *goquery.Selection) {
		if s.AttrOr("href", "") == "" {
			t.Errorf("a link without address: %s", describe(s))
		}
	})
	doc.Find("button").Each(func(_ int, s *goquery.Selection) {
		if s.AttrOr("type", "") == "" {
			t.Errorf("a button without type: %s", describe(s))
		}
	})
	doc.Find("table").Each(func(_ int, s *goquery.Selection) {
		if s.Find("caption").Length() != 1 || s.Find("thead th:not([scope=col])").Length() > 0 {
			t.Errorf("a table needs one caption and scope=col in its head: %s", describe(s))
		}
		if s.Find("th[aria-sort]").Length() > 1 {
			t.Error("more than one column says it is sorted")
		}
		s.Find("tbody tr").Each(func(_ int, row *goquery.Selection) {
			if row.Find("th[scope=row]").Length() != 1 {
				t.Errorf("a row needs one row header: %s", describe(row))
			}
		})
	})
}

func checkDocument(t *testing.T, doc *goquery.Document) {
	if n := doc.Find("h1").Length(); n != 1 {
		t.Errorf("%d h1", n)
	}
	if n := doc.Find("main").Length(); n != 1 {
		t.Errorf("%d main landmarks", n)
	}
	if first := doc.Find("body a, body button, body input").First(); first.AttrOr("href", "") != "#main" {
		t.Errorf("the first thing to reach is not the skip link but %s", describe(first))
	}
	if title := doc.Find("head title").Text(); !strings.HasSuffix(title, " - Latchkey") {
		t.Errorf("title %q", title)
	}
	if doc.Find("html[lang][data-theme]").Length() != 1 {
		t.Error("the root element lacks its language or its theme")
	}
	if doc.Find("#live[role=status]").Length() != 1 {
		t.Error("the live region is not there from the start")
	}
}

// TestRender is for looking: go test ./views/gallery -run TestRender -render DIR.
func TestRender(t *testing.T) {
	if *render == "" {
		*render = t.TempDir() // nobody looks, but it has to work
	}
	write := func(name, content string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(*render, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(*render, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []static.Name{static.ConsoleCSS, static.ConsoleJS, static.HTMX, static.Favicon} {
		rec := httptest.NewRecorder()
		static.Handler().ServeHTTP(rec, httptest.NewRequest("GET", static.Path(name), nil))
		content, _ := io.ReadAll(rec.Body)
		write(strings.TrimPrefix(static.Path(name), "/"), string(content))
	}
	for _, s := range gallery.States() {
		component := s.Component
		if !s.Document {
			component = gallery.Sheet(s)
		}
		page := strings.ReplaceAll(renderState(t, component), `"/static/`, `"static/`)
		write(strings.ReplaceAll(s.Name, "/", "_")+".html", page)
	}
}

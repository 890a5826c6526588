package handlers_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"latchkey/access"
)

// payloads are what people type who hope that it becomes markup.
var payloads = []string{
	`<script>alert(1)</script>`,
	`"><script>alert(1)</script>`,
	`'><script>alert(1)</script>`,
	`</script><script>alert(1)</script>`,
	`</title><svg onload=alert(1)>`,
	`</textarea><img src=x onerror=alert(1)>`,
	`</style><img src=x onerror=alert(1)>`,
	`--><img src=x onerror=alert(1)>`,
	`]]><img src=x onerror=alert(1)>`,
	`<img src=x onerror=alert(1)>`,
	`<svg/onload=alert(1)>`,
	`<body onpageshow=alert(1)>`,
	`<input autofocus onfocus=alert(1)>`,
	`<details open ontoggle=alert(1)>`,
	`<iframe srcdoc="&lt;script&gt;alert(1)&lt;/script&gt;">`,
	`<math><mi xlink:href="javascript:alert(1)">`,
	`<a href="javascript:alert(1)">x</a>`,
	`<base href="//evil.test/">`,
	`<meta http-equiv="refresh" content="0;url=//evil.test">`,
	`<form action="//evil.test"><button>x</button></form>`,
	`<div hx-get="/sign-out" hx-trigger="load"></div>`,
	`<template><script>alert(1)</script></template>`,
	`" autofocus onfocus="alert(1)`,
	`' onmouseover='alert(1)`,
	"` onmouseover=`alert(1)",
	`javascript:alert(1)`,
	`data:text/html,<script>alert(1)</script>`,
	`{{constructor.constructor('alert(1)')()}}`,
	`${alert(1)}`,
	`&lt;script&gt;alert(1)&lt;/script&gt;`,
	`&#60;script&#62;alert(1)`,
	`%3Cscript%3Ealert(1)%3C/script%3E`,
	`\u003cscript\u003ealert(1)`,
	`+ADw-script+AD4-alert(1)`,
}

// harmless stands where a payload does, to see what the page is made of without
// it.
const harmless = "harmless"

// TestMarkupStaysText puts each payload into every field that takes text, and
// opens what shows it: the page is made of the same elements and attributes as
// with a harmless word, and reads as what was typed (security.md 32). The browser
// tests see that no script runs.
func TestMarkupStaysText(t *testing.T) {
	t.Parallel()
	for _, markup := range []string{`<b>`, `<p onclick=alert(1)>`, `<p title="//" onclick="x">`} {
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(`<p title="` + markup + `">` + markup))
		must(t, err)
		plain, err := goquery.NewDocumentFromReader(strings.NewReader(`<p title="">`))
		must(t, err)
		if shapeOf(doc) == shapeOf(plain) {
			t.Fatalf("the shape of a page does not show %s", markup)
		}
	}
	m := newMirror(t)
	for _, shown := range m.mirrors() {
		var want string
		for i, payload := range append([]string{harmless}, payloads...) {
			m.wait(2e9) // searches are limited by the second
			got := shown.show(payload)
			if got == nil {
				continue // refused at the door
			}
			if i == 0 {
				want = shapeOf(got.doc)
			} else if shape := shapeOf(got.doc); shape != want {
				t.Errorf("%s: %q became markup: %s", shown.where, payload, firstDifference(shape, want))
			}
			if !reads(got.doc, payload) && !reads(got.doc, quoted(payload)) {
				t.Errorf("%s: %q does not read as it was typed", shown.where, payload)
			}
		}
	}
}

// mirror is a product that shows what it is told.
type mirror struct {
	*product
	b         *browser
	app, used access.Application
	guest     access.User
	made      int
}

func newMirror(t *testing.T) *mirror {
	t.Helper()
	m := &mirror{product: newProduct(t)}
	m.b = m.administrator()
	m.app, _ = m.application("ci")
	m.rule(m.app, access.Viewer, m.tenant())
	used, key := m.application("used")
	must(t, m.use("used", key.Reveal()))
	m.used = used
	m.person("guest@example.com", 0) // who signs in, so that their deletion asks for the address
	m.guest = m.user("guest@example.com")
	m.b.post("/applications/columns", url.Values{"column": {"name", "description", "createdBy", "accessRules"}})
	return m
}

// shown is one place where a text appears; show answers nil if it is refused.
type shown struct {
	where string
	show  func(text string) *answer
}

func (m *mirror) mirrors() []shown {
	// What repeats comes first: a search finds nothing yet.
	all := append(m.reflections(),
		shown{"the description in the table", m.description("/applications?filterBy=name==ci")},
		shown{"the description in a fragment", m.description("fragment")},
		shown{"the creator in the table", m.creator},
	)
	for _, path := range []string{"/applications", applicationPath(m.app, "rules?add=1"), applicationPath(m.app, "delete")} {
		all = append(all, shown{"the organisation's name on " + path, m.organisation(path)})
	}
	return all
}

func (m *mirror) description(path string) func(string) *answer {
	return func(text string) *answer {
		app, err := m.svc.DescribeApplication(context.Background(), m.operator(), m.app.ID, text, 0)
		must(m.t, err)
		if app.Description != text {
			m.t.Errorf("%q was stored as %q", text, app.Description)
		}
		if path == "fragment" {
			return m.b.listing().get("/applications?filterBy=name==ci")
		}
		return m.b.get(path)
	}
}

func (m *mirror) creator(text string) *answer {
	m.made++
	name := fmt.Sprintf("made-by-%d", m.made)
	_, _, err := m.svc.CreateApplication(context.Background(), access.LocalOperator(text), access.NewApplication{Name: name})
	must(m.t, err)
	return m.b.get("/applications?filterBy=name==" + name)
}

func (m *mirror) organisation(path string) func(string) *answer {
	return func(text string) *answer {
		if err := m.svc.RenameTenant(context.Background(), m.operator(), text); err != nil {
			return nil // such as one with a slash
		}
		return m.b.get(path)
	}
}

// reflections are the places that repeat what they were sent.
func (m *mirror) reflections() []shown {
	b, stranger := m.b, m.visitor()
	get := func(where, path string) shown {
		return shown{where, func(text string) *answer { return b.get(path + url.QueryEscape(text)) }}
	}
	post := func(where string, who *browser, path string, fields ...string) shown {
		return shown{where, func(text string) *answer {
			form := url.Values{}
			for _, field := range fields {
				form.Set(field, "No name: "+text)
			}
			return who.post(path, form)
		}}
	}
	return []shown{
		get("a search", "/applications?search="),
		{"a search as a fragment", func(text string) *answer { return b.listing().get("/applications?search=" + url.QueryEscape(text)) }},
		{"the value of a filter", func(text string) *answer {
			list := access.List{}.WithFilter(access.Filter{Field: "description", Op: access.Equal, Value: text})
			return b.get("/applications?" + list.Encode(access.ApplicationSchema))
		}},
		get("an unknown order", "/applications?sortOrder="),
		get("an unknown number", "/applications?limit="),
		get("a search for scopes", applicationPath(m.app, "rules?add=1&scopeSearch=")),
		get("a prefilled name", "/applications/new?name="),
		get("a prefilled description", "/applications/new?description="),
		post("a refused application", b, "/applications", "name", "description", "keyLifetime"),
		post("a refused application as a fragment", b.scripted(), "/applications", "name", "description"),
		post("the name that confirms a deletion", b, applicationPath(m.used, "delete"), "confirmName"),
		post("a refused rule", b, applicationPath(m.app, "rules"), "roleId", "scopeSearch"),
		post("a refused sign-in", stranger, "/sign-in", "email"),
		get("a search for users", "/users?search="),
		get("a prefilled address", "/users/new?email="),
		post("a refused user", b, "/users", "email", "roleId"),
		post("a refused user as a fragment", b.scripted(), "/users", "email"),
		post("the address that confirms a deletion", b, userPath(m.guest, "delete"), "confirmName"),
	}
}

// shapeOf is what a page is made of: its elements and the names of their
// attributes, without any text.
func shapeOf(doc *goquery.Document) string {
	var shape strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode {
			var names []string
			for _, a := range n.Attr {
				names = append(names, a.Key)
				if isAddress(a.Key) && dangerous(a.Val) {
					names = append(names, "DANGEROUS "+a.Val)
				}
			}
			slices.Sort(names)
			fmt.Fprintf(&shape, "<%s %s>\n", n.Data, strings.Join(names, " "))
		}
		for child := n.FirstChild; child != nil; child = child.NextSibling {
			walk(child)
		}
	}
	for _, n := range doc.Nodes {
		walk(n)
	}
	return shape.String()
}

func isAddress(attribute string) bool {
	return slices.Contains([]string{"href", "src", "action", "formaction", "hx-get", "hx-post", "data"}, attribute)
}

// dangerous finds addresses that run something or lead elsewhere.
func dangerous(address string) bool {
	address = strings.ToLower(strings.TrimSpace(address))
	return strings.HasPrefix(address, "javascript:") || strings.HasPrefix(address, "data:text") || strings.HasPrefix(address, "//")
}

func firstDifference(got, want string) string {
	lines, wanted := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(lines), len(wanted)) {
		if lines[i] != wanted[i] {
			return fmt.Sprintf("%s where %s was", lines[i], wanted[i])
		}
	}
	return fmt.Sprintf("%d elements where %d were", len(lines), len(wanted))
}

// quoted is a text as it is repeated in the sentence that refuses it.
func quoted(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strconv.Quote(text)
}

// reads reports whether the text is somewhere on the page, in words or in a
// field, exactly as it was typed.
func reads(doc *goquery.Document, text string) bool {
	if strings.Contains(doc.Text(), text) {
		return true
	}
	found := false
	doc.Find("[value], [title], [aria-label]").EachWithBreak(func(_ int, s *goquery.Selection) bool {
		for _, name := range []string{"value", "title", "aria-label"} {
			found = found || strings.Contains(s.AttrOr(name, ""), text)
		}
		return !found
	})
	return found
}

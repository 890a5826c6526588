package access_test

import (
	"fmt"
	"strings"
	"testing"

	"latchkey/access"
)

// BenchmarkIssueToken is the token endpoint without HTTP: one look-up, one
// comparison, one signature, and the use noted.
func BenchmarkIssueToken(b *testing.B) {
	w := newWorld(b)
	_, key := w.app("builder", "")
	secret, from := key.Reveal(), origin("203.0.113.9")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.IssueToken(w.ctx, from, "builder", secret); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTokenPrincipal is what each request to the API pays for its token.
func BenchmarkTokenPrincipal(b *testing.B) {
	w := newWorld(b)
	_, key := w.app("builder", "")
	raw := w.token("builder", key)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.TokenPrincipal(w.ctx, raw); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOrganization is what the Organization screen asks of 10,000 nodes.
func BenchmarkOrganization(b *testing.B) {
	b.Run("SQLite", func(b *testing.B) { benchmarkOrganization(b, newWorld(b)) })
	b.Run("PostgreSQL", func(b *testing.B) { benchmarkOrganization(b, newWorldOver(b, postgres.Database(b))) })
}

func benchmarkOrganization(b *testing.B, w *world) {
	var text strings.Builder
	text.WriteString("clusters:\n  - name: large\n    departments:\n")
	for d := range 99 {
		fmt.Fprintf(&text, "      - name: department-%02d\n        projects:\n", d)
		for p := range 100 {
			fmt.Fprintf(&text, "          - project-%02d-%02d\n", d, p)
		}
	}
	file, err := access.ParseOrganization([]byte(text.String()))
	w.must(err)
	_, err = w.ImportOrganization(w.ctx, w.admin, access.OrganizationImport{File: file})
	w.must(err)
	large, err := w.store.ScopeByNames(w.ctx, []string{"large"})
	w.must(err)
	for name, do := range map[string]func() error{
		"branch": func() error { _, err := w.ScopeChildren(w.ctx, w.admin, large.ID, 0); return err },
		"search": func() error { _, err := w.SearchScopes(w.ctx, w.admin, "ject-98-9", ""); return err },
		"parse":  func() error { _, err := access.ParseOrganization([]byte(text.String())); return err },
		"compare": func() error {
			_, err := w.CompareOrganization(w.ctx, w.admin, access.OrganizationImport{File: file, Remove: true})
			return err
		},
		"export": func() error {
			file, err := w.ExportOrganization(w.ctx, w.admin, true)
			if err != nil {
				return err
			}
			_, err = file.YAML()
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

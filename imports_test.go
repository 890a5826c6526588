package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rooms says which rooms a room may import. The two that are not listed are
// tools beside the product: bench measures it, e2e drives it from outside.
var rooms = map[string][]string{
	"":         {"store", "access", "token", "web", "handlers"},
	"handlers": {"access", "views", "web", "handlers"},
	"web":      {"access", "views", "static"},
	"views":    {"access", "static", "views"},
	"store":    {"access", "token", "store"},
	"access":   {"token"},
	"static":   {},
	"token":    {},
}

// belongings are the imports that only some rooms may have.
var belongings = []struct {
	pattern string
	rooms   []string
}{
	{`^database/sql`, []string{"store"}},
	{`^modernc\.org/`, []string{"store"}},
	{`^github\.com/jackc/`, []string{"store"}},
	{`^github\.com/pressly/goose`, []string{"store"}},
	{`^github\.com/labstack/`, []string{"web", "handlers"}},
	{`^github\.com/gorilla/`, []string{"web"}},
	{`^github\.com/go-jose/`, []string{"token"}},
	{`^github\.com/a-h/templ`, []string{"views", "web", "handlers"}},
	{`^github\.com/alecthomas/`, []string{""}},
	{`^github\.com/prometheus/`, []string{""}},
	{`^net/http$`, []string{"", "web", "handlers", "static"}},
	{`^math/rand`, nil},
}

// literals are the texts that may stand in string literals of some rooms only.
var literals = []struct {
	what    string
	pattern *regexp.Regexp
	rooms   []string
}{
	{"SQL", regexp.MustCompile(`(?is)\b(select\s.+\sfrom|insert\s+into|update\s+\w+\s+set|delete\s+from|create\s+(unique\s+)?(table|index))\s+\w`), []string{"store"}},
	{"an htmx header", regexp.MustCompile(`^HX-`), []string{"web"}},
	{"a class attribute", regexp.MustCompile(`\bclass=`), []string{"views"}},
}

// outside are the folders that are no part of the product.
var outside = []string{"bench", "e2e", "node_modules", "docs", "scripts"}

func TestRoomsImportOnlyWhatTheyMay(t *testing.T) {
	eachProductFile(t, func(room, path string, file *ast.File) {
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if ours, isOurs := strings.CutPrefix(imported, "latchkey/"); isOurs {
				if to := strings.Split(ours, "/")[0]; !slices.Contains(rooms[room], to) {
					t.Errorf("%s imports %s: %q may import %q only", path, imported, room, rooms[room])
				}
			}
			for _, b := range belongings {
				if regexp.MustCompile(b.pattern).MatchString(imported) && !slices.Contains(b.rooms, room) {
					t.Errorf("%s imports %s, which belongs to %q", path, imported, b.rooms)
				}
			}
		}
	})
}

func TestTextsStayInTheirRooms(t *testing.T) {
	eachProductFile(t, func(room, path string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range literals {
				if l.pattern.MatchString(text) && !slices.Contains(l.rooms, room) {
					t.Errorf("%s has %s in %.60q: that belongs to %q", path, l.what, text, l.rooms)
				}
			}
			return true
		})
	})
}

// templ escapes everything that it is not told not to; nothing tells it so.
func TestNothingSwitchesEscapingOff(t *testing.T) {
	escapes := regexp.MustCompile(`templ\.(Raw|SafeURL|SafeCSS|SafeScript|JSUnsafeFuncCall|JSExpression)\b`)
	eachFile(t, func(path string) {
		generated := strings.HasSuffix(path, "_templ.go")
		if !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".templ") || generated || path == "imports_test.go" {
			return
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if found := escapes.Find(content); found != nil {
			t.Errorf("%s uses %s", path, found)
		}
	})
}

func TestEveryPackageSaysWhatItOwns(t *testing.T) {
	documented := map[string]bool{}
	eachFile(t, func(path string) {
		if !strings.HasSuffix(path, ".go") {
			return
		}
		folder := filepath.Dir(path)
		documented[folder] = documented[folder] || filepath.Base(path) == "doc.go"
	})
	for folder, has := range documented {
		if !has {
			t.Errorf("%s has no doc.go", folder)
		}
	}
}

// eachProductFile parses every Go file of the product but its tests, which may
// bring rooms together as they need.
func eachProductFile(t *testing.T, visit func(room, path string, file *ast.File)) {
	t.Helper()
	files := token.NewFileSet()
	visited := 0
	eachFile(t, func(path string) {
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || slices.Contains(outside, strings.Split(path, "/")[0]) {
			return
		}
		// storetest is a suite for tests, which may bring rooms together too.
		if strings.HasPrefix(path, "store/storetest/") {
			return
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		room := strings.Split(filepath.ToSlash(path), "/")[0]
		if room == filepath.Base(path) {
			room = "" // package main
		}
		if _, known := rooms[room]; !known {
			t.Fatalf("%s is in a room that this test does not know", path)
		}
		visit(room, path, file)
		visited++
	})
	if visited == 0 {
		t.Fatal("found no Go files: is the test run in the module's folder?")
	}
}

func eachFile(t *testing.T, visit func(path string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if hidden := len(path) > 1 && strings.HasPrefix(entry.Name(), "."); hidden || entry.Name() == "node_modules" || entry.Name() == "testdata" {
				return filepath.SkipDir
			}
			return nil
		}
		visit(filepath.ToSlash(path))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

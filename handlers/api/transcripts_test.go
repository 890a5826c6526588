package api_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/cryptotest"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"latchkey/access"
	"latchkey/handlers/api"
)

var update = flag.Bool("update", false, "write the golden files anew")

const transcriptDir = "testdata/transcripts"

// exchange is a request and what it shows. Names in braces stand for what the
// stage has, such as the id of an application.
type exchange struct {
	note    string
	by      string // whose access token it bears; empty: none
	request string // method and address
	body    string
	headers []string // more of them, as pairs
}

// TestTranscripts holds what every operation is asked and answers against the
// files of testdata/transcripts, which are there to be read: each has a success
// and a refusal. Times and ids come from the clock and the random source of the
// test, so that a difference is a change of the API. -update writes them anew.
func TestTranscripts(t *testing.T) {
	set := newStage(t)
	operations := newPromise(t).operations()
	for id, op := range operations {
		t.Run(id, func(t *testing.T) {
			script := transcripts[id]
			if len(script) == 0 {
				t.Fatalf("nothing shows how %s is used: add it to transcripts", id)
			}
			p := set.perform(t, id)
			text := fmt.Sprintf("%s: %s.\n", id, op.Summary)
			answered := map[bool]bool{}
			for _, e := range withRefusal(id, script) {
				got, told := p.tell(t, id, e)
				text += "\n" + told
				answered[got.status < 400] = true
			}
			if !answered[true] || !answered[false] && canRefuse(op) {
				t.Error("a transcript has a success and a refusal")
			}
			golden(t, filepath.Join(transcriptDir, id+".txt"), text)
		})
	}
	checkNoOthers(t, operations)
}

// canRefuse is false for what anybody may read.
func canRefuse(op *openapi3.Operation) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(op.Responses.Map())), func(status string) bool { return status[0] == '4' })
}

// withRefusal adds to the script of an operation that needs a permission what
// whoever lacks it is told.
func withRefusal(id string, script []exchange) []exchange {
	if action, _, _ := api.Needed(id); action == "" {
		return script
	}
	refused := script[0]
	refused.by = "nobody"
	refused.note = "No access rule of this application allows it. The answer names the permission that is missing."
	return append(slices.Clone(script), refused)
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		must(t, os.MkdirAll(filepath.Dir(file), 0o755))
		must(t, os.WriteFile(file, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(file)
	must(t, err)
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range min(len(gotLines), len(wantLines)) {
		if gotLines[i] != wantLines[i] {
			t.Fatalf("%s:%d differs\nis   %s\nwant %s\n(run: go test ./handlers/api -run %s -update, and read the difference)", file, i+1, gotLines[i], wantLines[i], strings.Split(t.Name(), "/")[0])
		}
	}
	if len(gotLines) != len(wantLines) {
		t.Fatalf("%s has %d lines, and it is %d now", file, len(wantLines), len(gotLines))
	}
}

// checkNoOthers finds transcripts of operations that are gone.
func checkNoOthers[T any](t *testing.T, operations map[string]T) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(transcriptDir, "*.txt"))
	must(t, err)
	for _, file := range files {
		if _, there := operations[strings.TrimSuffix(filepath.Base(file), ".txt")]; there {
			continue
		}
		if !*update {
			t.Errorf("%s is of no operation", file)
			continue
		}
		must(t, os.Remove(file))
	}
	for id := range transcripts {
		if _, there := operations[id]; !there {
			t.Errorf("transcripts has %s, which is no operation", id)
		}
	}
}

// stage is an installation with people and things in it, of which each script
// gets a copy.
type stage struct {
	database, keyFile string
	names             map[string]string // what {name} stands for in a script
	actors            map[string]application
}

func newStage(t *testing.T) stage {
	t.Helper()
	s := emptyStage(t)
	t.Run("stage", func(t *testing.T) { // whose end closes the database
		cryptotest.SetGlobalRandom(t, 1)
		p := newProductOf(t, parts{database: s.database, keyFile: s.keyFile, random: exampleRandom("stage")})
		must(t, p.svc.RenameTenant(t.Context(), operator(), "acme"))
		eu := p.scope(t, access.TenantNodeID, "eu-1")
		p.wait(time.Second)
		research := p.scope(t, eu.ID, "research")
		p.wait(time.Second)
		vision := p.scope(t, research.ID, "vision")
		empty := p.scope(t, access.TenantNodeID, "us-1")
		emptyDepartment := p.scope(t, eu.ID, "sales")
		emptyProject := p.scope(t, research.ID, "audio")
		p.wait(time.Second)
		ci, viewer, nobody := p.application(t, "ci-pipeline-prod"), p.application(t, "viewer"), p.application(t, "nobody")
		p.grant(t, viewer, access.Viewer, access.TenantNodeID)
		p.grant(t, ci, 5, vision.ID)
		p.wait(time.Second)
		adaKey, ada := p.owner(t, "ada@example.com", access.SystemAdministrator)
		bobKey, bob := p.owner(t, "bob@example.com", 0)
		pub, err := p.svc.AddPublicKey(t.Context(), operator(), ci.ID, access.NewPublicKey{Name: "deploy server", Key: examplePublicKey})
		must(t, err)
		for name, id := range map[string]string{
			"ada.client": adaKey.ClientID, "ada.secret": adaKey.secret, "ci.token": p.tokenFor(t, ci), "ci.pub": pub.ID,
			"eu": eu.ID, "research": research.ID, "vision": vision.ID, "us": empty.ID, "sales": emptyDepartment.ID, "audio": emptyProject.ID,
			"ci": ci.ID, "viewer": viewer.ID, "ci.key": ci.secret, "ada": ada.ID, "bob": bob.ID, "ada.key": adaKey.ID, "bob.key": bobKey.ID,
			"rule": fmt.Sprint(p.rulesOf(t, ci)[0].ID), "none": "0199aaaa-0000-7000-8000-000000000000",
		} {
			s.names[name] = id
		}
		maps.Copy(s.actors, map[string]application{"ada": adaKey, "bob": bobKey, "ci": ci, "viewer": viewer, "nobody": nobody})
	})
	return s
}

// examplePublicKey is that of RFC 8037 appendix A.2.
const examplePublicKey = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"deploy-1"}`

// exampleECKey is that of RFC 7517 appendix A.1.
const exampleECKey = `{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","kid":"deploy-2"}`

func emptyStage(t *testing.T) stage {
	return stage{
		database: sqliteFile(t), keyFile: filepath.Join(t.TempDir(), "latchkey.key"),
		names: map[string]string{}, actors: map[string]application{},
	}
}

// owner is a user, and the access key that they come in with.
func (p *product) owner(t testing.TB, email string, role int32) (application, access.User) {
	t.Helper()
	user, err := p.svc.CreateUser(t.Context(), operator(), access.NewUser{Email: email, Password: userPassword, RoleID: role})
	must(t, err)
	principal, _, err := p.svc.UserPrincipal(t.Context(), user.ID)
	must(t, err)
	key, secret, err := p.svc.CreateAccessKey(t.Context(), access.Caller{Principal: principal}, access.NewAccessKey{Name: "first"})
	must(t, err)
	return application{access.Application{ID: key.ID, ClientID: key.ClientID}, secret.Reveal()}, user
}

// performance is one script on a copy of the stage.
type performance struct {
	*product
	stage
	tokens map[string]string
}

func (s stage) perform(t *testing.T, id string) *performance {
	t.Helper()
	cryptotest.SetGlobalRandom(t, 1) // signing keys are made of it whatever source is given
	database := sqliteFile(t)
	copyFile(t, s.database, database)
	p := &performance{newProductOf(t, parts{database: database, keyFile: s.keyFile, random: exampleRandom(id)}), s, map[string]string{}}
	p.wait(time.Minute)
	return p
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	must(t, err)
	must(t, os.WriteFile(to, content, 0o600))
}

// tell does an exchange and writes down what went each way.
func (p *performance) tell(t *testing.T, id string, e exchange) (answer, string) {
	t.Helper()
	p.wait(time.Second)
	request := p.fill(e.request)
	method, target, _ := strings.Cut(request, " ")
	path, _, _ := strings.Cut(target, "?")
	if _, op := p.promise.find(method, path); op == nil || op.OperationID != id {
		t.Fatalf("%s is no request for %s", request, id)
	}
	var headers []string
	shown := &strings.Builder{}
	fmt.Fprintf(shown, "# %s\n\n%s\n", e.note, request)
	if e.by != "" {
		headers = append(headers, "Authorization", "Bearer "+p.token(t, e.by))
		fmt.Fprintf(shown, "Authorization: Bearer <the access token of %s>\n", e.by)
	}
	body, kind := p.fill(e.body), "application/json"
	if body != "" {
		if !strings.HasPrefix(body, "{") {
			kind = formType
		}
		headers = append(headers, "Content-Type", kind)
		fmt.Fprintf(shown, "Content-Type: %s\n", kind)
	}
	for i := 0; i+1 < len(e.headers); i += 2 {
		name, value := e.headers[i], p.fill(e.headers[i+1])
		headers = append(headers, name, value)
		fmt.Fprintf(shown, "%s: %s\n", name, value)
	}
	if body != "" {
		fmt.Fprintf(shown, "\n%s\n", pretty(body))
	}
	got := p.ask(method, target, body, headers...)
	p.names["ETag"] = got.header.Get("ETag")
	fmt.Fprintf(shown, "\n%s", got.transcript())
	return got, shown.String()
}

var placeholder = regexp.MustCompile(`\{[A-Za-z0-9.]+\}`)

func (p *performance) fill(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(name string) string {
		value, known := p.names[strings.Trim(name, "{}")]
		if !known {
			return name
		}
		return value
	})
}

func (p *performance) token(t *testing.T, by string) string {
	t.Helper()
	if p.tokens[by] == "" {
		p.tokens[by] = p.tokenFor(t, p.actors[by])
	}
	return p.tokens[by]
}

// toldHeaders are those of an answer that mean something to its reader.
var toldHeaders = []string{"Content-Type", "Content-Disposition", "Cache-Control", "ETag", "Link", "X-Total-Count", "Idempotency-Replayed", "Retry-After", "WWW-Authenticate", "X-Request-Id", "X-Latchkey-Client-Id", "X-Latchkey-Subject", "X-Latchkey-Scopes"}

func (a answer) transcript() string {
	text := &strings.Builder{}
	fmt.Fprintf(text, "%d %s\n", a.status, http.StatusText(a.status))
	for _, name := range toldHeaders {
		if value := a.header.Get(name); value != "" {
			fmt.Fprintf(text, "%s: %s\n", name, value)
		}
	}
	switch {
	case a.body == "":
	case strings.HasPrefix(a.header.Get("Content-Type"), "application/json"):
		fmt.Fprintf(text, "\n%s\n", pretty(a.body))
	default:
		fmt.Fprintf(text, "\n%s\n", shortFile(a.body))
	}
	return text.String()
}

// An access token is 400 characters that say nothing to a reader, and that look
// like a leak.
var accessToken = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`)

// pretty is JSON for people: what fits stands on a line, and of a long list the
// first few are enough.
func pretty(text string) string {
	text = accessToken.ReplaceAllStringFunc(text, func(token string) string { return token[:20] + "..." })
	var value json.RawMessage
	if json.Unmarshal([]byte(text), &value) != nil {
		return text
	}
	out := &strings.Builder{}
	writePretty(out, value, "")
	return out.String()
}

const (
	lineWidth = 100
	shownOf   = 3 // of a list of more than one more
)

func writePretty(out *strings.Builder, value json.RawMessage, indent string) {
	var line bytes.Buffer
	_ = json.Compact(&line, value)
	if len(indent)+line.Len() <= lineWidth && indent != "" || line.Len() <= 2 || line.Bytes()[0] != '{' && line.Bytes()[0] != '[' {
		out.WriteString(strings.ReplaceAll(strings.ReplaceAll(line.String(), `":`, `": `), `,"`, `, "`))
		return
	}
	decoder, deeper := json.NewDecoder(&line), indent+"  "
	opening, _ := decoder.Token()
	fmt.Fprint(out, opening)
	for i := 0; decoder.More(); i++ {
		out.WriteString(map[bool]string{true: "\n", false: ",\n"}[i == 0] + deeper)
		if opening == json.Delim('{') {
			key, _ := decoder.Token()
			fmt.Fprintf(out, "%q: ", key)
		}
		var inner json.RawMessage
		_ = decoder.Decode(&inner)
		if opening == json.Delim('[') && i == shownOf && decoder.More() {
			fmt.Fprintf(out, "... and %d more", 1+drain(decoder))
			break
		}
		writePretty(out, inner, deeper)
	}
	closing, _ := decoder.Token()
	fmt.Fprintf(out, "\n%s%s", indent, closing)
}

func drain(decoder *json.Decoder) (n int) {
	for ; decoder.More(); n++ {
		var skipped json.RawMessage
		_ = decoder.Decode(&skipped)
	}
	return n
}

// shortFile is the beginning of a download.
func shortFile(text string) string {
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil || len(rows) == 0 || strings.HasPrefix(text, "[") {
		return pretty(text)
	}
	more := ""
	if hidden := len(rows) - 1 - shownOf; hidden > 1 {
		rows, more = rows[:1+shownOf], fmt.Sprintf("... and %d more lines", hidden)
	}
	out := &strings.Builder{}
	writer := csv.NewWriter(out)
	for _, row := range rows {
		for i, cell := range row {
			if len(cell) > lineWidth {
				row[i] = cell[:lineWidth] + "..."
			}
		}
		_ = writer.Write(row)
	}
	writer.Flush()
	return strings.TrimSuffix(out.String()+more, "\n")
}

// exampleRandom is a random source that always gives the same, and in which every
// secret key begins with EXAMPLE: keys are the only ones to ask for that much.
func exampleRandom(seed string) io.Reader {
	var key [32]byte
	copy(key[:], seed)
	return &exampleSource{rand.NewChaCha8(key)}
}

type exampleSource struct{ *rand.ChaCha8 }

func (s *exampleSource) Read(b []byte) (int, error) {
	n, err := s.ChaCha8.Read(b)
	if len(b) > 48 {
		const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		for i, letter := range []byte("EXAMPLE") {
			b[i] = byte(strings.IndexByte(digits, letter))
		}
	}
	return n, err
}

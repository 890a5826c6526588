package access

import (
	"errors"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

func parse(t *testing.T, query string) (List, error) {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatalf("bad test: %v", err)
	}
	return ParseList(q, ApplicationSchema)
}

func TestParseListReadsTheGrammar(t *testing.T) {
	byName := Sort{Field: "name"}
	tests := []struct {
		name, query string
		want        List
	}{
		{"nothing", "", List{Sort: byName, Limit: 50}},
		{"empty values count as absent", "search=&filterBy=&sortBy=&sortOrder=&limit=&offset=&after=&deleted=", List{Sort: byName, Limit: 50}},
		{"unknown parameters are ignored", "columns=name&x=1", List{Sort: byName, Limit: 50}},
		{"everything", "search=ci&filterBy=status==Active&sortBy=lastLogin&sortOrder=desc&limit=20&offset=40&deleted=true", List{
			Search: "ci", Filters: []Filter{{"status", Equal, "Active"}}, Sort: Sort{"lastLogin", true}, Limit: 20, Offset: 40, Deleted: true,
		}},
		{"search is trimmed and composed", "search=+Cafe%CC%81+", List{Search: "Café", Sort: byName, Limit: 50}},
		{"a comma inside a value", "filterBy=description=@red, green,name=^ci", List{
			Filters: []Filter{{"description", Contains, "red, green"}, {"name", StartsWith, "ci"}}, Sort: byName, Limit: 50,
		}},
		{"spaces around", "filterBy=name == ci , status == active", List{
			Filters: []Filter{{"name", Equal, "ci"}, {"status", Equal, "Active"}}, Sort: byName, Limit: 50,
		}},
		{"repeated parameters", "filterBy=name=@a&filterBy=createdBy!@b,clientId=$c", List{
			Filters: []Filter{{"name", Contains, "a"}, {"createdBy", NotContains, "b"}, {"clientId", EndsWith, "c"}}, Sort: byName, Limit: 50,
		}},
		{"the same filter twice", "filterBy=name==a,name==a", List{Filters: []Filter{{"name", Equal, "a"}}, Sort: byName, Limit: 50}},
		{"aliases and case", "filterBy=LASTUPDATED>=2026-01-02&sortBy=creationtime&sortOrder=DESC", List{
			Filters: []Filter{{"updatedAt", AtLeast, "2026-01-02"}}, Sort: Sort{"createdAt", true}, Limit: 50,
		}},
		{"a member of a Python enum", "sortBy=AppsSortFields.LASTLOGIN&sortOrder=SortOrder.ASC", List{Sort: Sort{"lastLogin", false}, Limit: 50}},
		{"order without a column", "sortOrder=desc", List{Sort: Sort{"name", true}, Limit: 50}},
		{"time with an offset", "filterBy=createdAt<=2026-03-01T12:00:00%2B02:00", List{
			Filters: []Filter{{"createdAt", AtMost, "2026-03-01T10:00:00Z"}}, Sort: byName, Limit: 50,
		}},
		{"time with an offset whose plus was not escaped", "filterBy=createdAt<=2026-03-01T12:00:00+02:00", List{
			Filters: []Filter{{"createdAt", AtMost, "2026-03-01T10:00:00Z"}}, Sort: byName, Limit: 50,
		}},
		{"time with a fraction, cut to microseconds", "filterBy=createdAt==2026-03-01T12:00:00.1234567Z", List{
			Filters: []Filter{{"createdAt", Equal, "2026-03-01T12:00:00.123456Z"}}, Sort: byName, Limit: 50,
		}},
		{"time as a browser's field sends it", "filterBy=createdAt>=2026-03-01T12:30", List{
			Filters: []Filter{{"createdAt", AtLeast, "2026-03-01T12:30:00Z"}}, Sort: byName, Limit: 50,
		}},
		{"never", "filterBy=lastLogin==NEVER", List{Filters: []Filter{{"lastLogin", Equal, "never"}}, Sort: byName, Limit: 50}},
		{"number", "filterBy=accessRules>=007", List{Filters: []Filter{{"accessRules", AtLeast, "7"}}, Sort: byName, Limit: 50}},
		{"far past the end", "offset=999999999", List{Sort: byName, Limit: 50, Offset: 999999999}},
		{"a cursor", "after=eyJhIjoxfQ&page=3", List{Sort: byName, Limit: 50, After: "eyJhIjoxfQ", Page: 3}},
		{"a page number without a cursor means nothing", "page=3", List{Sort: byName, Limit: 50}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parse(t, strings.ReplaceAll(tt.query, " ", "%20"))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestParseListSaysWhatItDidNotUnderstand(t *testing.T) {
	many := strings.Repeat("name!=x", 1)
	for i := range MaxFilters {
		many += ",name!=x" + strings.Repeat("y", i+1)
	}
	tests := []struct{ query, parameter, says string }{
		{"filterBy=color==red", "filterBy", `no column "color"`},
		{"filterBy=color==red", "filterBy", "name, status, accessRules, roleName"},
		{"filterBy=name", "filterBy", "== != <= >= =@ !@ =^ =$"},
		{"filterBy=name=x", "filterBy", "operators"},
		{"filterBy=name==", "filterBy", "needs a value"},
		{"filterBy=lastLogin=@2026", "filterBy", "== != <= >="},
		{"filterBy=lastLogin==yesterday", "filterBy", "2026-03-01T09:30:00Z"},
		{"filterBy=lastLogin<=never", "filterBy", "never goes with =="},
		{"filterBy=lastLogin==0001-01-01", "filterBy", "1970"},
		{"filterBy=status==Gone", "filterBy", "Active, Disabled, Key expired"},
		{"filterBy=status>=Active", "filterBy", "== !="},
		{"filterBy=accessRules==-1", "filterBy", "0 or more"},
		{"filterBy=accessRules==99999999999999999999", "filterBy", "whole number"},
		{"filterBy=name==%00", "filterBy", "UTF-8"},
		{"filterBy=name==%CC%B8x", "filterBy", ""},
		{"filterBy=name==" + strings.Repeat("é", 201), "filterBy", "200 characters"},
		{"filterBy=" + many, "filterBy", "20 are the most"},
		{"sortBy=color", "sortBy", "Sort by one of: name, status"},
		{"sortBy=roleName", "sortBy", "no column"},
		{"sortOrder=up", "sortOrder", "neither asc nor desc"},
		{"limit=0", "limit", "from 1 to 200"},
		{"limit=201", "limit", "from 1 to 200"},
		{"limit=1e2", "limit", "whole number"},
		{"offset=-1", "offset", "from 0"},
		{"offset=99999999999999999999999", "offset", "whole number"},
		{"after=a%20b", "after", "cursor"},
		{"before=" + strings.Repeat("a", maxCursor+1), "before", "cursor"},
		{"after=a&before=b", "after", "not both"},
		{"after=a&offset=50", "offset", "not both"},
		{"deleted=maybe", "deleted", "true nor false"},
		{"search=" + strings.Repeat("x", 201), "search", "200 characters"},
		{"search=%ff", "search", "UTF-8"},
		{"search=a%00b", "search", "UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.query[:min(len(tt.query), 40)], func(t *testing.T) {
			_, err := parse(t, tt.query)
			var invalid *InvalidError
			if !errors.As(err, &invalid) {
				t.Fatalf("got %v, want an InvalidError", err)
			}
			if invalid.Fields[0].Field != tt.parameter || !strings.Contains(invalid.Fields[0].Message, tt.says) {
				t.Errorf("got %q about %s, want %q about %s", invalid.Fields[0].Message, invalid.Fields[0].Field, tt.says, tt.parameter)
			}
		})
	}
}

func TestParseListReportsEveryBadParameter(t *testing.T) {
	_, err := parse(t, "limit=0&sortBy=x&filterBy=y==1")
	var invalid *InvalidError
	if !errors.As(err, &invalid) || len(invalid.Fields) != 3 {
		t.Errorf("got %v, want three fields", err)
	}
}

// TestListLimits is the part of TestLimits that the grammar answers for.
func TestListLimits(t *testing.T) {
	accepted := []string{
		"limit=200", "limit=1",
		"search=" + strings.Repeat("é", 200),
		"filterBy=name==" + strings.Repeat("é", 200),
	}
	for _, query := range accepted {
		if _, err := parse(t, query); err != nil {
			t.Errorf("%.30s: %v", query, err)
		}
	}
}

func TestPeriodOfATimeFilter(t *testing.T) {
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		value       string
		from, until time.Time
		never       bool
	}{
		{"2026-03-01", day, day.AddDate(0, 0, 1), false},
		{"2026-03-01T00:00:00Z", day, day.Add(time.Microsecond), false},
		{"never", time.Time{}, time.Time{}, true},
	}
	for _, tt := range tests {
		f, err := ParseFilter(ApplicationSchema, "lastLogin", Equal, tt.value)
		if err != nil {
			t.Fatal(err)
		}
		from, until, never := f.Period()
		if !from.Equal(tt.from) || !until.Equal(tt.until) || never != tt.never {
			t.Errorf("%s: got %v to %v, never %v", tt.value, from, until, never)
		}
	}
}

func TestListChangesAreCopies(t *testing.T) {
	red, blue := Filter{"name", Contains, "red"}, Filter{"name", Contains, "blue"}
	start := List{Search: "ci", Filters: []Filter{red}, Sort: Sort{Field: "name"}, Limit: 50, After: "abc", Page: 4}
	before := start

	tests := []struct {
		name string
		got  List
		want string
	}{
		{"search", start.WithSearch("cd"), "search=cd&filterBy=name=@red"},
		{"filter", start.WithFilter(blue), "search=ci&filterBy=name=@red,name=@blue"},
		{"filter that is there", start.WithFilter(red), "search=ci&filterBy=name=@red"},
		{"no filter", start.WithoutFilter(red), "search=ci"},
		{"no filters", start.WithoutFilters(), ""},
		{"sort turns round", start.WithSort("name"), "search=ci&filterBy=name=@red&sortBy=name&sortOrder=desc"},
		{"sort turns back", start.WithSort("name").WithSort("name"), "search=ci&filterBy=name=@red"},
		{"sort by another", start.WithSort("lastLogin"), "search=ci&filterBy=name=@red&sortBy=lastLogin"},
		{"limit", start.WithLimit(20), "search=ci&filterBy=name=@red&limit=20"},
		{"bin", start.WithDeleted(true), "search=ci&filterBy=name=@red&deleted=true"},
		{"offset", start.WithOffset(100), "search=ci&filterBy=name=@red&offset=100"},
		{"after", start.WithAfter("xyz", 5), "search=ci&filterBy=name=@red&after=xyz&page=5"},
		{"before", start.WithBefore("xyz", 3), "search=ci&filterBy=name=@red&before=xyz&page=3"},
	}
	for _, tt := range tests {
		if got := tt.got.Encode(ApplicationSchema); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	if !reflect.DeepEqual(start, before) {
		t.Errorf("the original changed: %+v", start)
	}
}

func TestEncodeEscapesWhatAQueryNeeds(t *testing.T) {
	l := List{Search: "a&b=c#d+é", Filters: []Filter{{"createdAt", AtMost, "2026-01-01T00:00:00Z"}}, Limit: 50}
	want := "search=a%26b=c%23d%2B%C3%A9&filterBy=createdAt%3C=2026-01-01T00:00:00Z"
	if got := l.Encode(ApplicationSchema); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzParseList(f *testing.F) {
	for _, seed := range []string{
		"search=ci&filterBy=status==Active&sortBy=lastLogin&sortOrder=desc&limit=20&offset=40",
		"filterBy=name=@a,b,c&filterBy=lastLogin==never&deleted=true",
		"filterBy=createdAt>=2026-01-01T00:00:00%2B02:00,accessRules<=03&after=abc&page=2",
		"filterBy=name==,,name==&sortBy=X.NAME", "filterBy=name==%CC%B8&search=%E2%84%AA",
		"filterBy=na%E2%84%AAe==x,%E2%84%AAeyEndsIn==y",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		q, _ := url.ParseQuery(query)
		first, err := ParseList(q, ApplicationSchema)
		if err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Fatalf("%q: %v is not ErrInvalid", query, err)
			}
			return
		}
		encoded, err := url.ParseQuery(first.Encode(ApplicationSchema))
		if err != nil {
			t.Fatalf("%q: encodes to what cannot be parsed: %v", query, err)
		}
		for _, q := range []url.Values{encoded, first.Values(ApplicationSchema)} {
			second, err := ParseList(q, ApplicationSchema)
			if err != nil {
				t.Fatalf("%q: %+v encodes to %v: %v", query, first, q, err)
			}
			if !reflect.DeepEqual(first, second) {
				t.Fatalf("%q:\nfirst  %+v\nsecond %+v", query, first, second)
			}
		}
	})
}

func TestFoldMakesAlikeWhatPeopleTakeForTheSame(t *testing.T) {
	alike := [][]string{
		{"CI-Pipeline", "ci-pipeline"},
		{"Straße", "STRASSE"},
		{"Café", "cafe\u0301", "CAFÉ"},
		{"ﬁle", "FILE"},
		{"ΟΔΟΣ", "οδος", "οδοσ"},
	}
	for _, texts := range alike {
		for _, text := range texts {
			if Fold(text) != Fold(texts[0]) {
				t.Errorf("Fold(%q) = %q, Fold(%q) = %q", text, Fold(text), texts[0], Fold(texts[0]))
			}
		}
	}
	if Fold("a_b%") != "a_b%" {
		t.Errorf("characters that mean something to LIKE must stay: %q", Fold("a_b%"))
	}
}

func FuzzFold(f *testing.F) {
	for _, seed := range []string{"Straße", "İ", "ǅ", "ͅα", "\u1fb3", "\xea\xea\xea\xea\xea\xea\xea\uabae\xae\xae\xae\xae00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once := Fold(text)
		if twice := Fold(once); twice != once {
			t.Errorf("%q folds to %q, and that to %q", text, once, twice)
		}
	})
}

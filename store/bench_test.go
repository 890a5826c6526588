package store_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/access"
	"latchkey/store"
)

// benchSizes are how many applications the tables have; the ratio between two
// says whether a page costs the same in a large table:
//
//	LATCHKEY_BENCH_ROWS=10000,1000000 go test -run '^$' -bench 'List|Export' ./store
//
// Making a million takes minutes: LATCHKEY_BENCH_FOLDER keeps the files for the
// next run. LATCHKEY_BENCH_ENGINE=postgres measures PostgreSQL.
func benchSizes(b *testing.B) []int {
	b.Helper()
	var sizes []int
	for _, text := range strings.Split(cmp.Or(os.Getenv("LATCHKEY_BENCH_ROWS"), "10000"), ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		sizes = append(sizes, n)
	}
	return sizes
}

// benchStore is a store to be filled once, of a kind and size.
func benchStore(b *testing.B, kind string, n int) *store.Store {
	b.Helper()
	folder := os.Getenv("LATCHKEY_BENCH_FOLDER")
	if folder == "" {
		folder = b.TempDir()
	}
	url := filepath.Join(folder, fmt.Sprintf("%s%d.db", kind, n))
	if os.Getenv("LATCHKEY_BENCH_ENGINE") == "postgres" {
		if cluster.err != nil {
			b.Skip(cluster.err)
		}
		url = cluster.cluster.Database(b)
	}
	return open(b, url)
}

// logOf is a store with n events.
func logOf(b *testing.B, n int) *store.Store {
	b.Helper()
	s := benchStore(b, "log-", n)
	if headOf(b, s).Position == 0 {
		busyLog(b, s, n)
	}
	return s
}

// many is a store with n applications.
func many(b *testing.B, n int) *store.Store {
	b.Helper()
	s := benchStore(b, "", n)
	have, err := s.CountApplications(b.Context(), everything(access.List{}), 0)
	if err != nil {
		b.Fatal(err)
	}
	for have < n {
		have = fill(b, s, have, min(have+10_000, n))
	}
	return s
}

func fill(b *testing.B, s *store.Store, from, to int) int {
	b.Helper()
	words := []string{"billing", "search", "deploy", "report", "mail"}
	stages := []string{"prod", "test", "dev", "qa", "demo"}
	err := s.Write(b.Context(), func(ctx context.Context, tx access.Tx) error {
		for i := from; i < to; i++ {
			// A multiplier without a common factor scatters the names over the index.
			scattered := uint64(i) * 2654435761 % (1 << 32)
			name := fmt.Sprintf("%s-%s-%07x", words[i%5], stages[i/5%5], scattered)
			at := present().Add(-time.Duration(scattered%10_000_000) * time.Second)
			a := access.Application{
				ID: fmt.Sprintf("0192f000-0000-7000-8000-%012d", i), Name: name, ClientID: name, Enabled: i%10 > 0,
				ScopeID: access.TenantNodeID, ScopePath: access.TenantPath, CreatedBy: fmt.Sprintf("user%d@example.com", i%50),
				LastLogin: at, Key: access.KeyFacts{EndsIn: fmt.Sprintf("%04x", i%65536), CreatedAt: at},
				Times: access.Times{CreatedAt: at, UpdatedAt: at},
			}
			if err := tx.InsertApplication(ctx, a, access.Credential{Generation: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return to
}

func everything(l access.List) access.ApplicationQuery {
	if l.Sort.Field == "" {
		l.Sort.Field = "name"
	}
	if l.Limit == 0 {
		l.Limit = access.DefaultLimit
	}
	return access.ApplicationQuery{List: l, Reach: []access.ScopePath{access.TenantPath}, Now: present()}
}

func BenchmarkList(b *testing.B) {
	cases := []struct {
		name string
		list access.List
		deep bool
	}{
		{name: "first page", list: access.List{}},
		{name: "deep page", list: access.List{}, deep: true},
		{name: "last login", list: access.List{Sort: access.Sort{Field: "lastLogin", Descending: true}}},
		{name: "status", list: access.List{Sort: access.Sort{Field: "status"}}},
		{name: "search common", list: access.List{Search: "prod"}},
		{name: "search rare", list: access.List{Search: "7f3a"}},
		{name: "search none", list: access.List{Search: "zzzz"}},
		{name: "filter", list: access.List{Filters: []access.Filter{{Field: "createdBy", Op: access.Equal, Value: "user7@example.com"}}}},
	}
	for _, size := range benchSizes(b) {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := many(b, size)
			for _, c := range cases {
				b.Run(c.name, func(b *testing.B) {
					q := everything(c.list)
					if c.deep {
						q.After = deepCursor(b, s, q)
					}
					measureCPU(b, func() {
						if _, err := s.ListApplications(b.Context(), q); err != nil {
							b.Fatal(err)
						}
					})
				})
			}
			b.Run("count capped", func(b *testing.B) {
				measureCPU(b, func() {
					if _, err := s.CountApplications(b.Context(), everything(access.List{}), access.CountCap); err != nil {
						b.Fatal(err)
					}
				})
			})
			b.Run("credential", func(b *testing.B) {
				page, err := s.ListApplications(b.Context(), everything(access.List{}))
				if err != nil {
					b.Fatal(err)
				}
				measureCPU(b, func() {
					if _, err := s.Credential(b.Context(), page.Rows[7].ClientID); err != nil {
						b.Fatal(err)
					}
				})
			})
		})
	}
}

// deepCursor is the cursor after half of the rows.
func deepCursor(b *testing.B, s *store.Store, q access.ApplicationQuery) string {
	b.Helper()
	n, err := s.CountApplications(b.Context(), q, 0)
	if err != nil {
		b.Fatal(err)
	}
	q.Offset = n / 2
	page, err := s.ListApplications(b.Context(), q)
	if err != nil {
		b.Fatal(err)
	}
	return page.Next
}

// measureCPU reports the processor time of an operation, which is steadier
// than the clock on a busy machine, and the 99th percentile of its duration.
func measureCPU(b *testing.B, operation func()) {
	operation() // warm
	durations := make([]time.Duration, 0, 1024)
	before := cpuTime()
	for b.Loop() {
		started := time.Now()
		operation()
		durations = append(durations, time.Since(started))
	}
	spent := cpuTime() - before
	slices.Sort(durations)
	b.ReportMetric(float64(spent.Microseconds())/float64(b.N), "cpu-us/op")
	b.ReportMetric(float64(durations[len(durations)*99/100].Microseconds()), "p99-us")
}

func BenchmarkExport(b *testing.B) {
	for _, size := range benchSizes(b) {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := many(b, size)
			for b.Loop() {
				n := 0
				if err := s.EachApplication(b.Context(), everything(access.List{}), func(access.ApplicationRow) error { n++; return nil }); err != nil || n != size {
					b.Fatal(n, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(size), "ns/row")
		})
	}
}

// BenchmarkWrites compares 8 writers that share commits with one writer that
// has each commit to itself.
func BenchmarkWrites(b *testing.B) {
	urls := map[string]func(testing.TB) string{"SQLite": sqliteEngine().fresh}
	if cluster.err == nil {
		urls["PostgreSQL"] = cluster.cluster.Database
	}
	for engine, fresh := range urls {
		for _, writers := range []int{1, 8} {
			b.Run(fmt.Sprintf("%s/%d writers", engine, writers), func(b *testing.B) { benchmarkWrites(b, open(b, fresh(b)), writers) })
		}
	}
}

func benchmarkWrites(b *testing.B, s *store.Store, writers int) {
	var made int
	var mu sync.Mutex
	next := func() int {
		mu.Lock()
		defer mu.Unlock()
		made++
		return made
	}
	b.ResetTimer()
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for i := next(); i <= b.N; i = next() {
				err := s.Write(b.Context(), func(ctx context.Context, tx access.Tx) error {
					return tx.AppendEvent(ctx, access.Event{ID: fmt.Sprintf("%09d", i), At: present(), Action: access.EventCreate, Result: access.Succeeded})
				})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
}

// BenchmarkActivity reads what an application page and a user page show of the
// audit log.
func BenchmarkActivity(b *testing.B) {
	for _, size := range benchSizes(b) {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := logOf(b, size)
			for _, who := range []string{"app-7", "user-0", "nobody"} {
				b.Run(who, func(b *testing.B) {
					measureCPU(b, func() {
						if _, err := s.ListEvents(b.Context(), activity(who, 11)); err != nil {
							b.Fatal(err)
						}
					})
				})
				b.Run(who+" count", func(b *testing.B) {
					measureCPU(b, func() {
						if _, err := s.CountEvents(b.Context(), activity(who, 11), access.CountCap); err != nil {
							b.Fatal(err)
						}
					})
				})
			}
		})
	}
}

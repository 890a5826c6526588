package store

import (
	"context"
	"math"

	"latchkey/access"
)

// A list that is searched or filtered can be read in two ways: walk the index
// of its order and keep what meets the conditions, or collect the hits of one
// condition by its own index and sort them. With many hits the walk fills a
// page soon, with few the sort is cheap; either alone is a disaster for the
// other kind. Two things are unknown beforehand: how many hits there are, so a
// probe counts them up to a bound; and whether they lie close together far down
// the order ("web" when names begin with it), so a walk is given a number of
// rows at first, and the hits are sorted if it comes to nothing.

// planning is the numbers by which a plan is chosen.
type planning struct {
	// usualPage is how many rows a page has. Of n rows with h hits, walking to
	// a page costs about a page * n/h rows and sorting costs h, so that the two
	// are equal at h = sqrt(page * n).
	usualPage int
	// mostToSort and alwaysToSort bound that: the probe costs as much again.
	mostToSort, alwaysToSort int
	// walks are how many rows a walk may pass, one after the other, before the
	// hits are looked at again: finding out where so many rows end costs a
	// tenth of walking them. Where rows must be read for it, far fewer are
	// worth while than where the index has the text to compare.
	walks, walksInIndex []int
}

func usualPlanning() planning {
	return planning{
		usualPage: 64, mostToSort: 4_000, alwaysToSort: 100,
		walks: []int{2_000, 8_000}, walksInIndex: []int{2_000, 40_000},
	}
}

func (p planning) fewToSort(rows int) int {
	return min(max(int(math.Sqrt(float64(p.usualPage*max(rows, 0)))), p.alwaysToSort), p.mostToSort)
}

// anyToSort is for walks that came to nothing.
func anyToSort(int) int { return everything }

// shareToSort is the same where the walk compares the search text within the
// index: that is ten times as quick as reading rows.
func shareToSort(rows int) int { return rows / 10 }

// fewToCount: a count looks at each hit once and sorts nothing, so that starting
// from the hits is worth while up to a good part of the table; but there is no
// point in probing for far more than will be counted.
func (p planning) fewToCount(most int) func(rows int) int {
	return func(rows int) int { return max(min(rows/4, 3*most), p.alwaysToSort) }
}

// pick reads a run of rows in the way that seems best.
func (r reader) pick(ctx context.Context, l *applicationList, s slice) ([]access.ApplicationRow, error) {
	hits, err := r.narrow(ctx, l, r.plan.fewToSort)
	if err != nil {
		return nil, err
	}
	if hits != nil || !l.canStartFromHits() || s.offset > 0 {
		return r.slice(ctx, l, hits, s)
	}
	rows, rest, err := r.walk(ctx, l, s)
	if err != nil || rest.limit == 0 {
		return rows, err
	}
	few := anyToSort
	if l.comparesInIndex() {
		few = shareToSort
	}
	if hits, err = r.narrow(ctx, l, few); err != nil {
		return nil, err
	}
	more, err := r.slice(ctx, l, hits, rest)
	return append(rows, more...), err
}

// walk reads as much of a slice as it finds on its way, and returns what is
// left to do, with the limit 0 if nothing is.
func (r reader) walk(ctx context.Context, l *applicationList, s slice) (rows []access.ApplicationRow, rest slice, err error) {
	legs := r.plan.walks
	if l.comparesInIndex() {
		legs = r.plan.walksInIndex
	}
	rest = s
	for _, most := range legs {
		leg := rest
		if leg.until, err = r.rowsAhead(ctx, l, rest, most); err != nil {
			return nil, rest, err
		}
		found, err := r.slice(ctx, l, nil, leg)
		if err != nil {
			return nil, rest, err
		}
		rows = append(rows, found...)
		rest.from, rest.limit = leg.until, rest.limit-len(found)
		if rest.limit == 0 || leg.until == nil {
			rest.limit = 0
			break
		}
	}
	return rows, rest, nil
}

// canStartFromHits: the bin is small, and is always walked.
func (l *applicationList) canStartFromHits() bool {
	if l.query.Deleted {
		return false
	}
	for _, c := range l.conditions {
		if c.hits != nil {
			return true
		}
	}
	return false
}

// rowsAhead is the position that many rows after the start of a slice, whether
// or not they meet the conditions; nil if there are not so many.
func (r reader) rowsAhead(ctx context.Context, l *applicationList, s slice, many int) (*position, error) {
	args := &arguments{}
	text := `SELECT ` + l.key.expression + `, a.id FROM applications a WHERE ` + l.living()
	if s.from != nil {
		text += ` AND ` + l.beyond(args, *s.from, s.backwards)
	}
	text += l.by(s.backwards) + ` LIMIT 1 OFFSET ` + args.add(many)
	found, err := all(ctx, r, l.scanPosition, text, args.values...)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// upTo is the condition for rows that come no later than a position. It is not
// the NOT of beyond, for in that SQLite sees no end of the index to stop at.
func (l *applicationList) upTo(args *arguments, p position, backwards bool) string {
	comparison := " <= "
	if l.query.Sort.Descending != backwards {
		comparison = " >= "
	}
	if l.tieless {
		return l.key.expression + comparison + args.add(p.key)
	}
	return `(` + l.key.expression + `, a.id)` + comparison + `(` + args.add(p.key) + `, ` + args.add(p.id) + `)`
}

func (l *applicationList) scanPosition(r row) (position, error) {
	var p position
	if l.key.number {
		var number int64
		err := r.Scan(&number, &p.id)
		p.key = number
		return p, err
	}
	var text string
	err := r.Scan(&text, &p.id)
	p.key = text
	return p, err
}

// narrow finds a condition that few applications meet; nil if there is none.
// few says of a number of rows how many are few.
func (r reader) narrow(ctx context.Context, l *applicationList, few func(rows int) int) (hitsOf, error) {
	if !l.canStartFromHits() {
		return nil, nil
	}
	rows, err := one(ctx, r, scanCount, r.dialect.roughCount())
	if err != nil {
		return nil, err
	}
	for _, c := range l.conditions {
		if c.hits == nil {
			continue
		}
		if narrows, err := r.hasAtMost(ctx, c.hits, few(rows)); narrows || err != nil {
			return c.hits, err
		}
	}
	return nil, nil
}

// hasAtMost probes whether there are no more hits than this.
func (r reader) hasAtMost(ctx context.Context, hits hitsOf, most int) (bool, error) {
	if most >= everything {
		return true, nil
	}
	args := &arguments{}
	probe := `SELECT count(*) FROM (SELECT hit FROM (` + hits(args) + `) hits LIMIT ` + args.add(most+1) + `) probe`
	n, err := one(ctx, r, scanCount, probe, args.values...)
	return n <= most, err
}

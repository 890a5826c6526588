package store

import (
	"strconv"
	"strings"

	"latchkey/access"
)

// condition is one thing that a row of a list must meet.
type condition struct {
	// where writes it as a condition on the rows of the list. name names a
	// column, in a way that lets the planner use its index or keeps it from
	// doing so.
	where func(args *arguments, name columnNamer) string
	// hits, if not nil, selects by an index the rowKey (as hit) of those that
	// may meet it. They can be too many, living and not living, or twice.
	hits hitsOf
	// each, if not nil, are the alternatives that where is made of, if every one
	// has an index with the order of the list in it.
	each alternatives
}

// alternatives are conditions of which one at least must be true.
type alternatives []func(args *arguments) string

func (a alternatives) any(args *arguments) string {
	either := make([]string, len(a))
	for i, alternative := range a {
		either[i] = alternative(args)
	}
	return `(` + strings.Join(either, ` OR `) + `)`
}

// hitsOf writes a SELECT that an index answers.
type hitsOf func(args *arguments) string

type columnNamer func(column string) string

func asItStands(column string) string { return column }

// where is a condition that no index is asked for.
func where(text func(args *arguments) string) condition {
	return condition{where: func(args *arguments, _ columnNamer) string { return text(args) }}
}

// grammar is the allowlist of filterBy of one list, by the kinds of columns that
// there are, and compiles filters into conditions.
type grammar struct {
	texts   map[string]textColumn
	times   map[string]timeColumn
	numbers map[string]string
	words   map[string]wordColumn
	plan    planner
}

// planner knows which conditions have an index to start from.
type planner interface {
	// indexed is a condition on a column that has an index.
	indexed(where func(*arguments, columnNamer) string) condition
	// like is the condition that a folded column matches a pattern, which every
	// row that holds the folded text may do.
	like(column, pattern, folded string) condition
}

// planless is for tables that are small enough to leave it all to the engine.
type planless struct{}

func (planless) indexed(where func(*arguments, columnNamer) string) condition {
	return condition{where: where}
}

func (planless) like(column, pattern, _ string) condition {
	return where(func(args *arguments) string { return like(column, args.add(pattern)) })
}

// textColumn is a column that is compared as text: as it stands for ==, !=, <=
// and >=, folded for the others.
type textColumn struct {
	exact, folded string
	indexed       bool // exact has an index of its own
	// or is a second column that stands for the same, or empty: a row then
	// equals a text if one of the two does.
	or string
	// anyOf are comparisons that the text is missing from: a row equals a text if
	// one of them is true. Each has an index that begins with its column and goes
	// on with the usual order of the list.
	anyOf []string
}

func (c textColumn) isSeveral() bool { return c.or != "" || c.anyOf != nil }

// equals is the condition that one of the columns is the text.
func (c textColumn) equals(text string) condition {
	var either alternatives
	comparisons := c.anyOf
	if comparisons == nil {
		comparisons = []string{c.exact + ` = `, c.or + ` = `}
	}
	for _, comparison := range comparisons {
		either = append(either, func(args *arguments) string { return comparison + args.add(text) })
	}
	equal := where(either.any)
	if c.anyOf != nil {
		equal.each = either
	}
	return equal
}

// plainText is a text column that has no index and no folded form of its own.
func plainText(column string) textColumn {
	return textColumn{exact: column, folded: `lower(` + column + `)`}
}

// timeColumn is a column of times and the value that stands for never.
type timeColumn struct {
	expression string
	never      int64
}

// wordColumn is an expression with few values, for each of which Go knows a word.
type wordColumn struct {
	expression string
	words      []word
}

type word struct {
	text  string
	value any // int64 or string
}

// filter is the second check of the names in a filter: access refuses them
// first, with a friendlier sentence.
func (g *grammar) filter(f access.Filter) (condition, error) {
	if column, ok := g.texts[f.Field]; ok {
		return g.textFilter(column, f)
	}
	if column, ok := g.times[f.Field]; ok {
		return g.timeFilter(column, f)
	}
	if column, ok := g.numbers[f.Field]; ok {
		return g.numberFilter(column, f)
	}
	if column, ok := g.words[f.Field]; ok {
		return wordFilter(column, f)
	}
	return condition{}, access.Invalid("filterBy", "There is no column %q to filter by.", f.Field)
}

func unknownOperator(f access.Filter) error {
	return access.Invalid("filterBy", "%s cannot be filtered with %q.", f.Field, string(f.Op))
}

// comparisons are the operators that SQL has as well.
var comparisons = map[access.Operator]string{
	access.Equal: " = ", access.NotEqual: " <> ", access.AtMost: " <= ", access.AtLeast: " >= ",
}

// like is a comparison with a pattern of likeEscaper. The CAST keeps SQLite from
// compiling the statement again for each new pattern, in the hope of a prefix.
func like(column, placeholder string) string {
	return column + ` LIKE CAST(` + placeholder + ` AS TEXT) ESCAPE '!'`
}

// likeEscaper makes the wildcards of LIKE plain characters.
var likeEscaper = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

func containing(text string) string { return "%" + likeEscaper.Replace(text) + "%" }

// pattern is the LIKE pattern of an operator on text, and whether it must match.
func pattern(f access.Filter) (pattern string, positive, ok bool) {
	text := likeEscaper.Replace(access.Fold(f.Value))
	switch f.Op {
	case access.Contains:
		return "%" + text + "%", true, true
	case access.NotContains:
		return "%" + text + "%", false, true
	case access.StartsWith:
		return text + "%", true, true
	case access.EndsWith:
		return "%" + text, true, true
	}
	return "", false, false
}

func (g *grammar) textFilter(column textColumn, f access.Filter) (condition, error) {
	if text, positive, ok := pattern(f); ok {
		if positive {
			return g.plan.like(column.folded, text, access.Fold(f.Value)), nil
		}
		return where(func(args *arguments) string { return `NOT ` + like(column.folded, args.add(text)) }), nil
	}
	comparison, ok := comparisons[f.Op]
	if !ok {
		return condition{}, unknownOperator(f)
	}
	compared := func(args *arguments, name columnNamer) string {
		return name(column.exact) + comparison + args.add(f.Value)
	}
	switch {
	case column.isSeveral() && f.Op == access.Equal:
		return column.equals(f.Value), nil
	case column.isSeveral() && f.Op == access.NotEqual:
		equal := column.equals(f.Value)
		return where(func(args *arguments) string { return `NOT ` + equal.where(args, asItStands) }), nil
	case column.indexed && f.Op != access.NotEqual:
		return g.plan.indexed(compared), nil
	}
	return condition{where: compared}, nil
}

// timeFilter: see access.Filter.Period for what the operators mean.
func (g *grammar) timeFilter(column timeColumn, f access.Filter) (condition, error) {
	from, until, never := f.Period()
	if never {
		return g.neverFilter(column, f)
	}
	first, end := micros(from), micros(until)
	happened := func(name columnNamer) string {
		return name(column.expression) + ` <> ` + strconv.FormatInt(column.never, 10)
	}
	switch f.Op {
	case access.Equal:
		return g.plan.indexed(func(args *arguments, name columnNamer) string {
			return name(column.expression) + ` >= ` + args.add(first) + ` AND ` + name(column.expression) + ` < ` + args.add(end)
		}), nil
	case access.NotEqual:
		return condition{where: func(args *arguments, name columnNamer) string {
			return `(` + name(column.expression) + ` < ` + args.add(first) + ` OR ` + name(column.expression) + ` >= ` + args.add(end) + `)`
		}}, nil
	case access.AtMost:
		return g.plan.indexed(func(args *arguments, name columnNamer) string {
			return name(column.expression) + ` < ` + args.add(end) + ` AND ` + happened(name)
		}), nil
	case access.AtLeast:
		return g.plan.indexed(func(args *arguments, name columnNamer) string {
			return name(column.expression) + ` >= ` + args.add(first) + ` AND ` + happened(name)
		}), nil
	}
	return condition{}, unknownOperator(f)
}

func (g *grammar) neverFilter(column timeColumn, f access.Filter) (condition, error) {
	compared := func(args *arguments, name columnNamer) string {
		return name(column.expression) + comparisons[f.Op] + args.add(column.never)
	}
	switch f.Op {
	case access.Equal:
		return g.plan.indexed(compared), nil
	case access.NotEqual:
		return condition{where: compared}, nil
	}
	return condition{}, unknownOperator(f)
}

func (g *grammar) numberFilter(column string, f access.Filter) (condition, error) {
	comparison, ok := comparisons[f.Op]
	if !ok {
		return condition{}, unknownOperator(f)
	}
	compared := func(args *arguments, name columnNamer) string {
		return name(column) + comparison + args.add(f.Number())
	}
	if f.Op == access.NotEqual {
		return condition{where: compared}, nil
	}
	return g.plan.indexed(compared), nil
}

// wordFilter asks Go which words match, and the column for their values.
func wordFilter(column wordColumn, f access.Filter) (condition, error) {
	var matching []any
	for _, w := range column.words {
		matches, ok := matchesText(f, w.text)
		if !ok {
			return condition{}, unknownOperator(f)
		}
		if matches {
			matching = append(matching, w.value)
		}
	}
	return where(func(args *arguments) string { return among(args, column.expression, matching) }), nil
}

// among is the condition that an expression has one of some values.
func among[T any](args *arguments, expression string, values []T) string {
	if len(values) == 0 {
		return `1 = 0`
	}
	placeholders := make([]string, len(values))
	for i, value := range values {
		placeholders[i] = args.add(value)
	}
	return expression + ` IN (` + strings.Join(placeholders, ", ") + `)`
}

// matchesText applies an operator to a name that Go knows and SQL does not.
func matchesText(f access.Filter, text string) (matches, ok bool) {
	folded, value := access.Fold(text), access.Fold(f.Value)
	switch f.Op {
	case access.Equal:
		return text == f.Value, true
	case access.NotEqual:
		return text != f.Value, true
	case access.AtMost:
		return text <= f.Value, true
	case access.AtLeast:
		return text >= f.Value, true
	case access.Contains:
		return strings.Contains(folded, value), true
	case access.NotContains:
		return !strings.Contains(folded, value), true
	case access.StartsWith:
		return strings.HasPrefix(folded, value), true
	case access.EndsWith:
		return strings.HasSuffix(folded, value), true
	}
	return false, false
}

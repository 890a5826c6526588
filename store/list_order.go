package store

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"latchkey/access"
)

// sortKey is what a list is sorted by, before the id.
type sortKey[T any] struct {
	field      string
	expression string
	number     bool
	// unique keys need no id to break ties, among the living.
	unique bool
	value  func(*T) any // int64 or string
}

// sortByID has a space, which no name of a column has: nobody can ask for it.
const sortByID = "by id"

// ordering is the order of one list, and its pages.
type ordering[T any] struct {
	list access.List
	key  sortKey[T]
	// id is the column that breaks ties, and numericID how it is kept.
	id        string
	numericID bool
	idOf      func(*T) string
	// tieless: no two rows have the same key.
	tieless bool
}

// keyOf finds the key of sortBy among those of a list.
func keyOf[T any](keys []sortKey[T], field string) (sortKey[T], error) {
	i := slices.IndexFunc(keys, func(k sortKey[T]) bool { return k.field == field })
	if i < 0 {
		return sortKey[T]{}, access.Invalid("sortBy", "There is no column %q to sort by.", field)
	}
	return keys[i], nil
}

// position is a row's place in the order of a list.
type position struct {
	key any // int64 or string
	id  string
}

func (o *ordering[T]) positionOf(item *T) position {
	return position{key: o.key.value(item), id: o.idOf(item)}
}

func (o *ordering[T]) cursorOf(item *T) string { return encodeCursor(o.list.Sort, o.positionOf(item)) }

// by is the ORDER BY; backwards reads towards the beginning of the list.
func (o *ordering[T]) by(backwards bool) string {
	direction := ""
	if o.list.Sort.Descending != backwards {
		direction = " DESC"
	}
	if o.tieless {
		return ` ORDER BY ` + o.key.expression + direction
	}
	return ` ORDER BY ` + o.key.expression + direction + `, ` + o.id + direction
}

// beyond is the condition for rows that come after a position, or before it.
func (o *ordering[T]) beyond(args *arguments, p position, backwards bool) string {
	comparison := " > "
	if o.list.Sort.Descending != backwards {
		comparison = " < "
	}
	key := args.add(p.key)
	if o.key.number {
		key = wide(key)
	}
	if o.tieless {
		return o.key.expression + comparison + key
	}
	return `(` + o.key.expression + `, ` + o.id + `)` + comparison + `(` + key + `, ` + o.idArgument(args, p) + `)`
}

func (o *ordering[T]) idArgument(args *arguments, p position) string {
	if !o.numericID {
		return args.add(p.id)
	}
	id, _ := strconv.ParseInt(p.id, 10, 64) // start let nothing else pass
	return wide(args.add(id))
}

// wide keeps PostgreSQL from taking a number for one of the column's own width:
// a cursor may hold any.
func wide(placeholder string) string { return `CAST(` + placeholder + ` AS BIGINT)` }

// start is where the page begins, if not at the beginning.
func (o *ordering[T]) start() (from *position, backwards bool, err error) {
	parameter, cursor := "after", o.list.After
	if o.list.Before != "" {
		parameter, cursor, backwards = "before", o.list.Before, true
	}
	if cursor == "" {
		return nil, false, nil
	}
	p, err := decodeCursor(parameter, cursor, o.list.Sort, o.key.number)
	if _, bad := strconv.ParseInt(p.id, 10, 64); err == nil && o.numericID && bad != nil {
		err = foreignCursor(parameter)
	}
	return &p, backwards, err
}

// cutPage makes a page of rows that were read one beyond its end, which tells
// whether there is another page; cursor is for the neighbours.
func cutPage[T any](l access.List, rows []T, backwards bool, cursor func(*T) string) access.Page[T] {
	more := len(rows) > l.Limit
	rows = rows[:min(len(rows), l.Limit)]
	if backwards {
		slices.Reverse(rows)
	}
	page := access.Page[T]{Rows: rows}
	if len(rows) == 0 {
		return page
	}
	if more || backwards {
		page.Next = cursor(&rows[len(rows)-1])
	}
	if more && backwards || l.After != "" || l.Offset > 0 {
		page.Previous = cursor(&rows[0])
	}
	return page
}

// A cursor is the position of a row and the list it is a position in, for a
// cursor of another order would skip and repeat. It is opaque, not secret.
const cursorSeparator = "\x00"

func encodeCursor(sort access.Sort, p position) string {
	key, isText := p.key.(string)
	if !isText {
		key = strconv.FormatInt(p.key.(int64), 10)
	}
	text := strings.Join([]string{sort.Field, strconv.FormatBool(sort.Descending), key, p.id}, cursorSeparator)
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

func foreignCursor(parameter string) error {
	return access.Invalid(parameter, "This cursor belongs to another list. Leave it out to start at the first page.")
}

func decodeCursor(parameter, cursor string, sort access.Sort, number bool) (position, error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return position{}, foreignCursor(parameter)
	}
	parts := strings.Split(string(text), cursorSeparator)
	if len(parts) != 4 || parts[0] != sort.Field || parts[1] != strconv.FormatBool(sort.Descending) || !isText(parts[2]) || !isText(parts[3]) {
		return position{}, foreignCursor(parameter)
	}
	if !number {
		return position{key: parts[2], id: parts[3]}, nil
	}
	key, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return position{}, foreignCursor(parameter)
	}
	return position{key: key, id: parts[3]}, nil
}

// isText: what came out of a cursor may be anything, and PostgreSQL takes
// neither NUL nor broken UTF-8.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

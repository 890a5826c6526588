package access

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// The limits of an organization file.
const (
	MaxOrganizationNodes = 10_000
	MaxOrganizationFile  = 2 << 20 // bytes
	// maxFileParts bounds what the YAML parser makes of a file before we count:
	// a node is a line or three, and its parts are set off by these.
	maxFileParts = 6*MaxOrganizationNodes + 1000
	// maxFindings is how much is told at once of what is wrong with a file.
	maxFindings = 20
)

// fileField is the input of an organization file in errors.
const fileField = "file"

// OrganizationFile is the organisation as one YAML file has it: the tenant's
// name, and its clusters with their departments with their projects.
//
//	tenant: acme
//	clusters:
//	  - name: eu-1
//	    departments:
//	      - name: research
//	        projects:
//	          - vision
//
// A node is its name alone, or a mapping with name, id and what is below. The
// ids are what tells a rename or a move from a deletion and a new node.
type OrganizationFile struct {
	Tenant   string // empty: the file does not say
	Clusters []FileNode
	tenantAt int // line
}

// FileNode is a cluster, department or project of a file.
type FileNode struct {
	ID, Name string // ID may be empty
	Line     int
	Below    []FileNode
}

// fileLevels are the levels of a file and the keys that they stand under.
var fileLevels = []struct {
	kind ScopeType
	key  string
}{{ScopeCluster, "clusters"}, {ScopeDepartment, "departments"}, {ScopeProject, "projects"}}

// ParseOrganization reads a file strictly: what it does not know it refuses,
// and aliases too, of which a small file could make a giant one. The error is
// an *InvalidError whose sentences name the line and the node.
func ParseOrganization(data []byte) (OrganizationFile, error) {
	root, err := parseYAML(data)
	if err != nil {
		return OrganizationFile{}, err
	}
	r := &fileReader{names: map[string]bool{}, ids: map[string]string{}}
	file := r.file(root)
	if err := r.wrong.err(); err != nil {
		return OrganizationFile{}, err
	}
	return file, nil
}

// parseYAML answers the one document of a file.
func parseYAML(data []byte) (*yaml.Node, error) {
	switch {
	case len(data) > MaxOrganizationFile:
		return nil, Invalid(fileField, "The file is larger than %d MiB. Import it in parts: a file may leave out what is there already.", MaxOrganizationFile>>20)
	case !utf8.Valid(data):
		return nil, Invalid(fileField, "The file is not UTF-8 text. Save it as UTF-8.")
	case len(bytes.TrimSpace(data)) == 0:
		return nil, emptyFile()
	case fileParts(data) > maxFileParts:
		return nil, tooManyNodes()
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, more yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, emptyFile()
	case err != nil:
		return nil, notYAML(err)
	}
	switch err := decoder.Decode(&more); {
	case err == nil:
		return nil, Invalid(fileField, "Line %d: a second document begins here. Put everything into one.", more.Line)
	case !errors.Is(err, io.EOF):
		return nil, notYAML(err)
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) != 1 {
		return nil, emptyFile()
	}
	return document.Content[0], nil
}

// fileParts is no less than half the number of parts that YAML sees in a file.
func fileParts(data []byte) int {
	n := 0
	for _, mark := range []string{"\n", "\r", "- ", "? ", ",", "[", "{"} {
		n += bytes.Count(data, []byte(mark))
	}
	return n
}

func emptyFile() error {
	return Invalid(fileField, "The file is empty. An export shows what it looks like.")
}

func tooManyNodes() error {
	return Invalid(fileField, "The file names more than %d clusters, departments and projects. Import it in parts: a file may leave out what is there already.", MaxOrganizationNodes)
}

func notYAML(err error) error {
	what := strings.TrimPrefix(err.Error(), "yaml: ")
	return fmt.Errorf("%w: %w", Invalid(fileField, "This is not YAML: %s. Mend it, or begin from an export.", what), err)
}

// fileReader walks the parts of a file and notes what is wrong with them.
type fileReader struct {
	wrong findings
	nodes int
	names map[string]bool   // of siblings: the parent's path and the folded name
	ids   map[string]string // the place of each in the file
}

// complain notes a problem of a line; after the first few it notes no more.
func (r *fileReader) complain(line int, format string, args ...any) {
	if len(r.wrong.fields) < maxFindings {
		r.wrong.add(fileField, fmt.Sprintf("Line %d: ", line)+fmt.Sprintf(format, args...))
	}
}

func (r *fileReader) file(root *yaml.Node) OrganizationFile {
	var file OrganizationFile
	if root.Kind != yaml.MappingNode {
		r.complain(root.Line, `the file must begin with "tenant:" or "clusters:".`)
		return file
	}
	for key, value := range r.fields(root, "the organization", "tenant", "clusters") {
		if key == "clusters" {
			file.Clusters = r.list(value, 0, nil)
			continue
		}
		file.tenantAt = value.Line
		file.Tenant = r.name(value, "the organization")
	}
	return file
}

// fields walks a mapping. Keys that are not known, or come twice, are told.
func (r *fileReader) fields(node *yaml.Node, place string, known ...string) func(yield func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		if !r.plain(node, place) {
			return
		}
		seen := map[string]bool{}
		for i := 0; i+1 < len(node.Content); i += 2 {
			key, value := node.Content[i], node.Content[i+1]
			switch {
			case !r.plain(key, place):
			case key.Kind != yaml.ScalarNode || !slices.Contains(known, key.Value):
				r.complain(key.Line, "%s has a field %q, which is not known. The fields are %s.", place, cut(key.Value), strings.Join(known, ", "))
			case seen[key.Value]:
				r.complain(key.Line, "%s has the field %q twice. Leave one out.", place, key.Value)
			case !yield(key.Value, value):
				return
			}
			seen[key.Value] = true
		}
	}
}

// plain refuses what lets one part of a file stand for another, or for
// something that is no text.
func (r *fileReader) plain(node *yaml.Node, place string) bool {
	switch {
	case node.Kind == yaml.AliasNode || node.Anchor != "":
		r.complain(node.Line, "%s is written with an anchor or an alias (& or *). Write each node out.", place)
		return false
	case node.Style&yaml.TaggedStyle != 0:
		r.complain(node.Line, "%s is written with a tag (!). Leave it out.", place)
		return false
	}
	return true
}

// list reads the nodes of a level; above is the path of names that they hang on.
func (r *fileReader) list(node *yaml.Node, level int, above []string) []FileNode {
	kind, key := fileLevels[level].kind, fileLevels[level].key
	if !r.plain(node, key) || isNothing(node) {
		return nil
	}
	if node.Kind != yaml.SequenceNode {
		r.complain(node.Line, `%s must be a list: lines that begin with "- ".`, key)
		return nil
	}
	nodes := make([]FileNode, 0, len(node.Content))
	for _, item := range node.Content {
		if r.nodes++; r.nodes > MaxOrganizationNodes {
			if r.nodes == MaxOrganizationNodes+1 {
				r.wrong.fields = append(r.wrong.fields, tooManyNodes().(*InvalidError).Fields...)
			}
			return nodes
		}
		nodes = append(nodes, r.node(item, kind, level, above))
	}
	return nodes
}

func isNothing(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.Tag == "!!null" }

func (r *fileReader) node(item *yaml.Node, kind ScopeType, level int, above []string) FileNode {
	place := "a " + string(kind)
	if len(above) > 0 {
		place += " of " + strings.Join(above, " / ")
	}
	node := FileNode{Line: item.Line}
	if item.Kind != yaml.MappingNode {
		node.Name = r.name(item, place)
		r.once(node, kind, above)
		return node
	}
	known, below := []string{"name", "id"}, ""
	if level+1 < len(fileLevels) {
		below = fileLevels[level+1].key
		known = append(known, below)
	}
	var inside *yaml.Node
	named := false
	for key, value := range r.fields(item, place, known...) {
		switch key {
		case "name":
			named, node.Name = true, r.name(value, place)
		case "id":
			node.ID = r.id(value, place)
		case below:
			inside = value
		}
	}
	if !named && r.plain(item, place) {
		r.complain(item.Line, "%s has no name. Add one.", place)
	}
	r.once(node, kind, above)
	if inside != nil {
		node.Below = r.list(inside, level+1, append(slices.Clone(above), node.Name))
	}
	return node
}

// name takes a scalar as it is written: 2024 and yes are names.
func (r *fileReader) name(node *yaml.Node, place string) string {
	if !r.plain(node, place) {
		return ""
	}
	if node.Kind != yaml.ScalarNode || isNothing(node) {
		r.complain(node.Line, "%s has no name. A name is a word, such as eu-1.", place)
		return ""
	}
	clean, problem := cleanScopeName(node.Value)
	if problem != "" {
		r.complain(node.Line, "%s, %q: %s", place, cut(node.Value), problem)
	}
	return clean
}

func (r *fileReader) id(node *yaml.Node, place string) string {
	if !r.plain(node, place) || isNothing(node) {
		return ""
	}
	if node.Kind != yaml.ScalarNode || len(node.Value) > maxOriginID || strings.ContainsFunc(node.Value, invisible) {
		r.complain(node.Line, "the id of %s is not one. Leave it out to make a new %s.", place, strings.Fields(place)[1])
		return ""
	}
	return node.Value
}

// once sees that no name comes twice below one parent, and no id in the file.
func (r *fileReader) once(node FileNode, kind ScopeType, above []string) {
	if node.Name == "" {
		return
	}
	path := strings.Join(append(slices.Clone(above), node.Name), " / ")
	key := Fold(path)
	if r.names[key] {
		r.complain(node.Line, "the %s %s comes twice. Leave one out, or give it another name.", kind, path)
	}
	r.names[key] = true
	if node.ID == "" {
		return
	}
	if before, twice := r.ids[node.ID]; twice {
		if strings.HasPrefix(path, before+" / ") {
			r.complain(node.Line, "%s lies below itself: the id %s is also that of %s above it. Give it the id of its own, or leave the id out.", path, node.ID, before)
		} else {
			r.complain(node.Line, "the id %s comes twice: as %s and as %s. Each node has one place.", node.ID, before, path)
		}
	}
	r.ids[node.ID] = path
}

// cut keeps a sentence short that quotes a file.
func cut(text string) string {
	const most = 60
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}

// YAML is the file as text. Equal files are equal texts: siblings stand in the
// order of their names.
func (f OrganizationFile) YAML() ([]byte, error) {
	root := yamlMapping()
	if f.Tenant != "" {
		root.Content = append(root.Content, yamlText("tenant"), yamlText(f.Tenant))
	}
	root.Content = append(root.Content, yamlText(fileLevels[0].key), yamlList(f.Clusters, 0))
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(root), encoder.Close()); err != nil {
		return nil, fmt.Errorf("write the organization as YAML: %w", err)
	}
	return out.Bytes(), nil
}

func yamlList(nodes []FileNode, level int) *yaml.Node {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	if len(nodes) == 0 {
		list.Style = yaml.FlowStyle // "[]": a list with nothing in it has no lines
	}
	for _, node := range nodes {
		if node.ID == "" && level == len(fileLevels)-1 {
			list.Content = append(list.Content, yamlText(node.Name))
			continue
		}
		item := yamlMapping()
		if node.ID != "" {
			item.Content = append(item.Content, yamlText("id"), yamlText(node.ID))
		}
		item.Content = append(item.Content, yamlText("name"), yamlText(node.Name))
		if len(node.Below) > 0 {
			item.Content = append(item.Content, yamlText(fileLevels[level+1].key), yamlList(node.Below, level+1))
		}
		list.Content = append(list.Content, item)
	}
	return list
}

func yamlMapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode} }

// yamlText is a scalar that is read back as text, whatever it looks like.
func yamlText(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
}

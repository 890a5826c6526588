package access

import (
	"slices"
	"strings"
	"time"
)

// The ids of predefined roles that the code itself speaks of.
const (
	SystemAdministrator int32 = 1
	Viewer              int32 = 7
)

// sets are the names that the role table uses for several resource types.
var sets = map[string]string{
	"@ds":   "pvc-assets git-assets host-path-assets nfs-assets s3-assets cm-volume-assets secret-volume-assets",
	"@wl":   "jobs workloads workspaces trainings",
	"@dash": "dashboards-overview dashboards-analytics dashboards-consumption",
	// A service account is an application by its newer name: one grant for both.
	"@apps": "apps service-account",
}

// roleTable is the predefined roles with the ids and grants that clients know
// (api-contract.md section 6). crud lists the types with all four actions, read
// those that can only be looked at; a type in neither has none.
var roleTable = []struct {
	id                            int32
	name, description, crud, read string
}{
	{
		1, "System administrator", "Manages everything: people, applications, access and settings.",
		"@ds @wl access_rules @apps cluster cluster-config compute-resources credentials datavolumes department environments inferences nodepools policies project settings templates users",
		"@dash events-history nodes roles tenant",
	},
	{
		3, "Editor", "Shapes departments and projects, runs workloads and gives access to them.",
		"@ds @wl access_rules compute-resources credentials datavolumes department environments policies project templates",
		"@dash @apps cluster inferences nodepools nodes roles tenant users",
	},
	{
		4, "Research manager", "Leads projects: their people, workspaces, trainings and assets.",
		"@ds access_rules compute-resources datavolumes environments project templates trainings workspaces",
		"@dash cluster credentials department inferences jobs nodepools policies roles tenant workloads",
	},
	{
		5, "L1 researcher", "Runs workloads and makes the assets that they need.",
		"@ds @wl compute-resources credentials datavolumes environments templates",
		"@dash cluster inferences nodepools policies project tenant",
	},
	{
		6, "ML engineer", "Deploys inference workloads and watches the rest.",
		"inferences",
		"@dash cluster credentials datavolumes department jobs nodepools nodes policies project tenant workloads workspaces",
	},
	{
		7, "Viewer", "Looks at workloads and assets, changes nothing.",
		"",
		"@dash @ds @wl cluster compute-resources credentials datavolumes department environments inferences nodepools nodes policies project templates tenant",
	},
	{
		8, "L2 researcher", "Runs workloads from assets that others made.",
		"@wl",
		"@ds cluster compute-resources credentials datavolumes environments nodepools policies project templates tenant",
	},
	{
		9, "Environment administrator", "Manages environments, looks at the rest.",
		"environments",
		"@dash @ds @wl cluster compute-resources datavolumes department policies project templates tenant",
	},
	{
		10, "Data source administrator", "Manages data sources, looks at the rest.",
		"@ds",
		"@dash @wl cluster compute-resources credentials datavolumes department environments policies project templates tenant",
	},
	{
		11, "Compute resource administrator", "Manages compute resources, looks at the rest.",
		"compute-resources",
		"@dash @ds @wl cluster datavolumes department environments policies project templates tenant",
	},
	{
		12, "Template administrator", "Manages workload templates, looks at the rest.",
		"templates",
		"@dash @ds @wl cluster compute-resources datavolumes department environments policies project tenant",
	},
	{
		13, "Department viewer", "Looks at a department and what runs in it.",
		"",
		"@dash @ds @wl cluster compute-resources datavolumes department environments inferences policies project templates tenant",
	},
	{
		373, "Credentials administrator", "Manages the credentials that workloads use.",
		"credentials",
		"@dash @ds @wl cluster compute-resources datavolumes department environments policies project templates tenant",
	},
	{
		1708, "Application administrator", "Manages what runs in departments and gives access to it; reads applications.",
		"@ds @wl access_rules compute-resources credentials datavolumes department environments inferences policies project templates",
		"@dash @apps cluster cluster-config events-history nodepools nodes roles tenant users",
	},
	{
		1709, "Cloud support", "Looks at nearly everything to help others, changes nothing.",
		"",
		"@dash @wl access_rules cluster compute-resources credentials department environments events-history inferences nodepools nodes policies project roles settings templates tenant users " +
			"pvc-assets git-assets host-path-assets nfs-assets s3-assets cm-volume-assets", // @ds without secret-volume-assets
	},
	{
		1710, "Department administrator", "Manages a department: its projects, workloads and access.",
		"@ds @wl access_rules compute-resources credentials datavolumes environments inferences policies project templates",
		"@dash @apps cluster department nodepools nodes roles tenant users",
	},
	{
		1711, "Cloud operator", "Runs the installation: applications, clusters, node pools and settings.",
		"@apps cluster cluster-config nodepools settings",
		"access_rules events-history nodes tenant users",
	},
	{
		2256, "Data volume administrator", "Manages data volumes, looks at the rest.",
		"datavolumes",
		"@dash @ds @wl cluster compute-resources credentials department environments policies project templates tenant",
	},
}

// roles holds the table in the form of the model; rolesByID finds in it.
// Neither is ever changed.
var (
	roles     = buildRoles()
	rolesByID = indexRoles(roles)
)

// rolesSince is the creation time of every predefined role.
var rolesSince = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

func buildRoles() []Role {
	built := make([]Role, len(roleTable))
	for i, row := range roleTable {
		grants := map[ResourceType]Actions{}
		for _, r := range expand(row.read) {
			grants[r] = CanRead
		}
		for _, r := range expand(row.crud) {
			grants[r] = CRUD
		}
		built[i] = Role{ID: row.id, Name: row.name, Description: row.description, Grants: grants}
		built[i].CreatedAt, built[i].UpdatedAt = rolesSince, rolesSince
	}
	return built
}

func expand(words string) []ResourceType {
	var types []ResourceType
	for _, word := range strings.Fields(words) {
		if set, isSet := sets[word]; isSet {
			types = append(types, expand(set)...)
		} else {
			types = append(types, ResourceType(word))
		}
	}
	return types
}

func indexRoles(roles []Role) map[int32]*Role {
	index := make(map[int32]*Role, len(roles))
	for i := range roles {
		index[roles[i].ID] = &roles[i]
	}
	return index
}

// PredefinedRoles lists them by id. Their Grants are shared: read, never write.
func PredefinedRoles() []Role { return slices.Clone(roles) }

// RoleByID finds a predefined role.
func RoleByID(id int32) (Role, bool) {
	if role := rolesByID[id]; role != nil {
		return *role, true
	}
	return Role{}, false
}

// RoleByName finds a predefined role by its name, in whatever case.
func RoleByName(name string) (Role, bool) {
	for _, role := range roles {
		if strings.EqualFold(role.Name, name) {
			return role, true
		}
	}
	return Role{}, false
}

// Permissions lists what the role grants, in the order of the wire; types
// without any action are left out.
func (r Role) Permissions() []Permission { return permissions(r.Grants) }

func permissions(grants map[ResourceType]Actions) []Permission {
	var ps []Permission
	for _, resource := range resources {
		if actions := grants[resource.Type]; actions != 0 {
			ps = append(ps, Permission{Resource: resource.Type, Actions: actions})
		}
	}
	return ps
}

package access

import "slices"

// ResourceGroup is the heading under which resource types are listed; the ids
// are the wire's.
type ResourceGroup string

// The groups, in the order in which the console lists them.
const (
	OrganizationGroup  ResourceGroup = "organization"
	IAMGroup           ResourceGroup = "iam"
	PhysicalGroup      ResourceGroup = "physical-resource"
	DashboardGroup     ResourceGroup = "dashboard"
	WorkloadGroup      ResourceGroup = "workload"
	WorkloadAssetGroup ResourceGroup = "workload-asset"
)

// DisplayName is the heading on the screen.
func (g ResourceGroup) DisplayName() string {
	switch g {
	case OrganizationGroup:
		return "Organization"
	case IAMGroup:
		return "Identity and access"
	case PhysicalGroup:
		return "Clusters and nodes"
	case DashboardGroup:
		return "Dashboards"
	case WorkloadGroup:
		return "Workloads"
	case WorkloadAssetGroup:
		return "Workload assets"
	}
	return string(g)
}

// Resource describes a resource type.
type Resource struct {
	Type        ResourceType
	DisplayName string
	Group       ResourceGroup
}

// resources is every resource type of the wire, in its order. "groups" and
// "datavolumes/sharedscopes" are left out: current clients reject them.
var resources = []Resource{
	{Departments, "Departments", OrganizationGroup},
	{Tenant, "Account", OrganizationGroup},
	{Projects, "Projects", OrganizationGroup},
	{Clusters, "Clusters", PhysicalGroup},
	{"cluster-config", "Cluster configuration", PhysicalGroup},
	{"nodepools", "Node pools", PhysicalGroup},
	{"nodes", "Nodes", PhysicalGroup},
	{Settings, "Settings", OrganizationGroup},
	{"security-settings", "Security settings", OrganizationGroup},
	{"branding-settings", "Branding settings", OrganizationGroup},
	{Users, "Users", IAMGroup},
	{Applications, "Applications", IAMGroup},
	{ServiceAccounts, "Service accounts", IAMGroup},
	{"dashboards-overview", "Overview dashboard", DashboardGroup},
	{"dashboards-analytics", "Analytics dashboard", DashboardGroup},
	{"dashboards-consumption", "Consumption dashboard", DashboardGroup},
	{Roles, "Roles", IAMGroup},
	{AccessRules, "Access rules", IAMGroup},
	{"jobs", "Jobs", WorkloadGroup},
	{"workloads", "Workloads", WorkloadGroup},
	{"workspaces", "Workspaces", WorkloadGroup},
	{"trainings", "Trainings", WorkloadGroup},
	{"inferences", "Inferences", WorkloadGroup},
	{"environments", "Environments", WorkloadAssetGroup},
	{"pvc-assets", "Data sources", WorkloadAssetGroup},
	{"git-assets", "Data sources", WorkloadAssetGroup},
	{"host-path-assets", "Data sources", WorkloadAssetGroup},
	{"nfs-assets", "Data sources", WorkloadAssetGroup},
	{"s3-assets", "Data sources", WorkloadAssetGroup},
	{"compute-resources", "Compute resources", WorkloadAssetGroup},
	{"templates", "Templates", WorkloadAssetGroup},
	{"credentials", "Credentials", WorkloadAssetGroup},
	{EventsHistory, "Event history", OrganizationGroup},
	{"policies", "Policies", OrganizationGroup},
	{"cm-volume-assets", "Data sources", WorkloadAssetGroup},
	{"datavolumes", "Data volumes", WorkloadAssetGroup},
	{"secret-volume-assets", "Data sources", WorkloadAssetGroup},
	{"storage-class-configuration", "Storage class configuration", PhysicalGroup},
	{AccessKeys, "Access keys", IAMGroup},
	{"workload-properties", "Workload properties", OrganizationGroup},
	{"network-topologies", "Network topologies", PhysicalGroup},
	{"registries", "Registries", WorkloadAssetGroup},
	{"scrapeable-metrics", "Scrapeable metrics", WorkloadAssetGroup},
}

// Resources lists every resource type in the order of the wire.
func Resources() []Resource { return slices.Clone(resources) }

// ParseResourceType reads the wire's name of a resource type.
func ParseResourceType(name string) (ResourceType, bool) {
	_, known := ResourceType(name).describe()
	return ResourceType(name), known
}

// DisplayName is the type on the screen; several types share one name there.
func (r ResourceType) DisplayName() string {
	resource, _ := r.describe()
	return resource.DisplayName
}

// Group is the heading that the type is listed under.
func (r ResourceType) Group() ResourceGroup {
	resource, _ := r.describe()
	return resource.Group
}

func (r ResourceType) describe() (Resource, bool) {
	for _, resource := range resources {
		if resource.Type == r {
			return resource, true
		}
	}
	return Resource{Type: r, DisplayName: string(r)}, false
}

using System.Reflection;

namespace NetPolNic.Architecture.Tests;

/// <summary>The arrows of docs/architecture.md, read from the built assemblies.</summary>
public sealed class DependencyDirectionTests
{
    private static readonly string[] s_ours =
        ["NetPolNic.Policy", "NetPolNic.Cluster", "NetPolNic.Offload", "NetPolNic.Fallback", "DPDK.NET", "netpolnic"];

    [Theory]
    [InlineData("NetPolNic.Policy", "")]
    [InlineData("DPDK.NET", "")]
    [InlineData("NetPolNic.Cluster", "NetPolNic.Policy")]
    [InlineData("NetPolNic.Offload", "NetPolNic.Policy DPDK.NET")]
    [InlineData("NetPolNic.Fallback", "NetPolNic.Policy DPDK.NET")]
    public void An_assembly_uses_only_what_its_arrows_allow(string name, string allowed)
    {
        IEnumerable<string> used = ReferencesOf(name).Intersect(s_ours);

        Assert.Empty(used.Except(allowed.Split(' ')));
    }

    [Theory]
    [InlineData("NetPolNic.Policy")]
    [InlineData("DPDK.NET")]
    public void A_bottom_assembly_uses_no_package(string name) =>
        Assert.All(ReferencesOf(name), reference => Assert.True(IsOfTheFramework(reference), reference));

    [Theory]
    [InlineData("NetPolNic.Policy")]
    [InlineData("NetPolNic.Offload")]
    [InlineData("NetPolNic.Fallback")]
    [InlineData("DPDK.NET")]
    public void Kubernetes_client_types_stay_in_the_cluster_sources(string name) =>
        Assert.DoesNotContain(ReferencesOf(name), reference => reference.StartsWith("KubernetesClient", StringComparison.Ordinal));

    [Fact]
    public void The_policy_assembly_does_no_input_or_output()
    {
        string[] effects = ["System.IO.FileSystem", "System.Net.Sockets", "System.Net.Http", "System.Diagnostics.Process"];

        Assert.Empty(ReferencesOf("NetPolNic.Policy").Intersect(effects));
    }

    private static bool IsOfTheFramework(string reference) =>
        reference.StartsWith("System", StringComparison.Ordinal) || reference is "netstandard" or "mscorlib";

    private static IEnumerable<string> ReferencesOf(string name) =>
        Assembly.Load(name).GetReferencedAssemblies().Select(reference => reference.Name ?? "");
}

using NetPolNic.Deploy.Tests.Support;
using NetPolNic.TestApiServer;

namespace NetPolNic.Deploy.Tests;

public sealed class DryRunTests
{
    [Theory]
    [MemberData(nameof(Rendered.Installations), MemberType = typeof(Rendered))]
    public async Task Kubectl_applies_it_by_dry_run(string installation)
    {
        Rendered rendered = await Rendered.OfAsync(installation);
        await using ApiServer server = await ApiServer.StartAsync();
        using TempFolder folder = new();
        string manifests = Path.Combine(folder.Path, "all.yaml");
        string kubeconfig = Path.Combine(folder.Path, "kubeconfig");
        await File.WriteAllTextAsync(manifests, rendered.Yaml);
        await File.WriteAllTextAsync(kubeconfig, server.Kubeconfig("token"));

        // The test server offers no schemas to validate by: unknown fields are found by reading strictly.
        (int status, string output, string error) = await Tool.RunAsync(
            "kubectl", "--kubeconfig", kubeconfig, "apply", "--dry-run=client", "--validate=false", "-f", manifests);
        Assert.True(status == 0, $"{output}{error}");
        Assert.Equal(7, output.Split('\n').Count(line => line.EndsWith("created (dry run)", StringComparison.Ordinal)));
    }
}

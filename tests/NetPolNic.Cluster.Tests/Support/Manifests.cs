using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Tests.Support;

/// <summary>Short ways to read text in tests.</summary>
public static class Manifests
{
    public const string Name = "t.yaml";

    public static ManifestLoad Read(string text, string name = Name) =>
        ManifestReader.ReadStream(new StringReader(text), name);

    /// <summary>Reads text that must be accepted without a word.</summary>
    public static ClusterState Accepted(string text, string name = Name)
    {
        ManifestLoad load = Read(text, name);
        Assert.Empty(load.Problems.Select(problem => problem.ToString()));
        return Assert.IsType<ClusterState>(load.State);
    }

    /// <summary>The messages of text that must be refused.</summary>
    public static string[] Refused(string text, string name = Name)
    {
        ManifestLoad load = Read(text, name);
        Assert.Null(load.State);
        return [.. load.Problems.Select(problem => problem.ToString())];
    }

    /// <summary>Reads one v1 policy "x/p" with the given spec, indented by two spaces.</summary>
    public static NetworkPolicy V1(string spec) => Policy("networking.k8s.io/v1", spec);

    /// <summary>Reads one v1beta1 policy "x/p" with the given spec, indented by two spaces.</summary>
    public static NetworkPolicy V1Beta1(string spec) => Policy("extensions/v1beta1", spec);

    /// <summary>Reads one pod "x/a" with the given spec and status.</summary>
    public static Pod Pod(string rest) => Assert.Single(Accepted(
        $"""
        apiVersion: v1
        kind: Pod
        metadata:
          name: a
          namespace: x
        {rest}
        """).Pods);

    private static NetworkPolicy Policy(string apiVersion, string spec) => Assert.Single(Accepted(
        $"""
        apiVersion: {apiVersion}
        kind: NetworkPolicy
        metadata:
          name: p
          namespace: x
        spec:
        {spec}
        """).Policies);
}

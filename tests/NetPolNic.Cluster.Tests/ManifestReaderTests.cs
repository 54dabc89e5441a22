using System.Text;
using NetPolNic.Cluster.Tests.Support;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Tests;

/// <summary>Forms of input (S-d1, S-d3).</summary>
public sealed class ManifestReaderTests
{
    private const string Pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n";

    [Fact]
    public void Reads_several_documents_with_empty_ones_between()
    {
        ClusterState state = Manifests.Accepted(
            $"---\n# nothing\n---\n{Pod}---\n\n---\nnull\n--- # the namespace\n{Namespace("x")}...\n---\n");

        Assert.Equal("default/a", Assert.Single(state.Pods).Uid);
        Assert.Equal("x", Assert.Single(state.Namespaces).Name);
    }

    [Fact]
    public void Tells_long_names_apart_by_their_ends()
    {
        string name = new string('a', 60) + "." + new string('b', 60);

        ClusterState state = Manifests.Accepted(
            $"{Pod.Replace(" a\n", $" {name}.1\n", StringComparison.Ordinal)}---\n" +
            Pod.Replace(" a\n", $" {name}.2\n", StringComparison.Ordinal));

        Assert.Equal([$"{name}.1", $"{name}.2"], state.Pods.Select(pod => pod.Name));
    }

    [Fact]
    public void Reads_a_yaml_directive_and_a_byte_order_mark_and_carriage_returns()
    {
        string text = "\ufeff%YAML 1.1\n---\n" + Namespace("x") + "---\n" + Namespace("y");

        ClusterState state = Manifests.Accepted(text.Replace("\n", "\r\n", StringComparison.Ordinal));

        Assert.Equal(["x", "y"], state.Namespaces.Select(ns => ns.Name));
    }

    [Fact]
    public void Reads_anchors_aliases_and_merge_keys()
    {
        ClusterState state = Manifests.Accepted(
            """
            apiVersion: v1
            kind: Namespace
            metadata:
              name: x
              annotations: &labels
                a: "1"
                b: &two "2"
              labels:
                <<: *labels
                b: "3"
                c: *two
            """);

        Assert.Equal("a=1 b=3 c=2", string.Join(' ', state.Namespaces[0].Labels.Select(l => $"{l.Key}={l.Value}")));
    }

    [Theory]
    [InlineData("v1", "List", true)]
    [InlineData("v1", "NamespaceList", false)]
    [InlineData("v1", "NamespaceList", true)]
    public void Reads_lists_of_namespaces(string apiVersion, string kind, bool itemsHaveTypes)
    {
        string types = itemsHaveTypes ? "apiVersion: v1\n  kind: Namespace\n  " : "";

        ClusterState state = Manifests.Accepted(
            $"apiVersion: {apiVersion}\nkind: {kind}\nmetadata:\n  resourceVersion: ''\nitems:\n" +
            $"- {types}metadata:\n    name: x\n- {types}metadata:\n    name: y\n");

        Assert.Equal(["x", "y"], state.Namespaces.Select(ns => ns.Name));
    }

    [Fact]
    public void Reads_typed_lists_of_pods_and_policies_of_both_versions()
    {
        ClusterState state = Manifests.Accepted(
            """
            apiVersion: v1
            kind: PodList
            items:
            - metadata: {name: a}
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicyList
            items:
            - metadata: {name: new}
            ---
            apiVersion: extensions/v1beta1
            kind: NetworkPolicyList
            items:
            - metadata: {name: old}
            ---
            apiVersion: v1
            kind: PodList
            items:
            """);

        Assert.Single(state.Pods);
        Assert.Equal([PolicyApi.V1, PolicyApi.V1Beta1], state.Policies.Select(policy => policy.Api));
    }

    [Fact]
    public void Reads_lists_within_lists_and_skips_what_does_not_concern_policy()
    {
        ClusterState state = Manifests.Accepted(
            """
            apiVersion: v1
            kind: List
            items:
            - apiVersion: apps/v1
              kind: Deployment
              spec: {replicas: 3}
            - apiVersion: networking.k8s.io/v1
              kind: Ingress
            - apiVersion: v1
              kind: List
              items:
              - apiVersion: v1
                kind: Pod
                metadata: {name: a}
              - apiVersion: v1
                kind: Service
            """);

        Assert.Single(state.Pods);
    }

    [Theory]
    [InlineData("t.json")]
    [InlineData("-")]
    public void Reads_json_with_several_values(string name)
    {
        ClusterState state = Manifests.Accepted(
            """
            {"apiVersion":"v1","kind":"Namespace","metadata":{"name":"x","labels":{"emoji\/a":"b"}}}
            {
            	"apiVersion": "v1",
            	"kind": "List",
            	"items": [
            		{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "annotations": {"t": "\ud83d\ude00"}}}
            	]
            }
            """,
            name);

        Assert.Equal("b", state.Namespaces[0].Labels["emoji/a"]);
        Assert.Single(state.Pods);
    }

    [Fact]
    public void Reads_a_flow_mapping_that_is_no_json() =>
        Assert.Single(Manifests.Accepted("{apiVersion: v1, kind: Namespace, metadata: {name: x}}\n").Namespaces);

    [Fact]
    public void Reads_bytes_of_standard_input()
    {
        using MemoryStream input = new(Encoding.UTF8.GetBytes(Pod + "---\n" + Namespace("x")));

        ManifestLoad load = ManifestReader.ReadStandardInput(input);

        Assert.Equal((2, true), (load.ObjectCount, load.State is not null));
    }

    [Fact]
    public void Names_standard_input_a_dash_in_problems()
    {
        using MemoryStream input = new("kind: Pod\n"u8.ToArray());

        ManifestLoad load = ManifestReader.ReadStandardInput(input);

        Assert.Equal("-:1: apiVersion: required", Assert.Single(load.Problems).ToString());
    }

    [Fact]
    public void Refuses_empty_standard_input() =>
        Assert.Equal(["-: no Kubernetes object found"], Manifests.Refused("", "-"));

    [Theory]
    [InlineData(new byte[] { (byte)'a', (byte)'\n', 0xc3, 0x28 }, "-:2: the text is not valid UTF-8")]
    [InlineData(new byte[] { 0xff, 0xfe, (byte)'a', 0 }, "-:1: the text is UTF-16; manifests are UTF-8")]
    [InlineData(new byte[] { 0xfe, 0xff, 0, (byte)'a' }, "-:1: the text is UTF-16; manifests are UTF-8")]
    [InlineData(
        new byte[] { 0x7f, 0x45, 0x4c, 0x46, 2, 1, 0 },
        "-:1: the control character U+007F is no text; is the file binary?")]
    [InlineData(new byte[] { 0x1f, 0x8b, 8, 0 }, "-:1: the text is not valid UTF-8")]
    public void Refuses_what_is_no_text(byte[] bytes, string expected)
    {
        using MemoryStream input = new(bytes);

        Assert.Equal(expected, Assert.Single(ManifestReader.ReadStandardInput(input).Problems).ToString());
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    public void Survives_a_million_open_brackets(string open)
    {
        string text = string.Concat(Enumerable.Repeat(open, 1_000_000));

        Assert.NotEmpty(Manifests.Refused(text));
        Assert.NotEmpty(Manifests.Refused(text, "t.json"));
    }

    [Fact]
    public void Reports_a_limited_number_of_problems()
    {
        string text = string.Concat(
            Enumerable.Range(0, 600).Select(i => $"---\napiVersion: v1\nkind: Namespace\nx{i}: 1\n"));

        string[] problems = Manifests.Refused(text);

        Assert.Equal(501, problems.Length);
        Assert.Equal("t.yaml: 700 more problems are not shown", problems[^1]);
    }

    [Fact]
    public void Warns_of_policies_of_other_makers_and_uses_the_rest()
    {
        ManifestLoad load = Manifests.Read(
            $"apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata:\n  name: p\n---\n{Pod}");

        Assert.Equal(
            "t.yaml:1: warning: NetworkPolicy p: apiVersion: \"projectcalico.org/v3\" is not an API that is read " +
            "here; the policy is not enforced",
            Assert.Single(load.Problems).ToString());
        Assert.Single(load.State!.Pods);
    }

    [Fact]
    public void Keeps_quoted_numbers_and_single_letters_as_strings()
    {
        ClusterState state = Manifests.Accepted(
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: y\n  labels:\n    ns: y\n    n: n\n    v: '1'\n" +
            "    w: !!str 2\n    d: 2020-01-02\n    empty:\n    1: a\n");

        Assert.Equal(
            "1=a d=2020-01-02 empty= n=n ns=y v=1 w=2",
            string.Join(' ', state.Namespaces[0].Labels.Select(l => $"{l.Key}={l.Value}")));
    }

    private static string Namespace(string name) => $"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n";
}

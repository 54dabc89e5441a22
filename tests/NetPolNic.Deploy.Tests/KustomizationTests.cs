using k8s.Models;
using NetPolNic.Deploy.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace NetPolNic.Deploy.Tests;

public sealed class KustomizationTests
{
    public static TheoryData<string> YamlFiles { get; } =
    [
        .. Directory.EnumerateFiles(Repo.At("deploy"), "*.yaml", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repo.Root, file)),
    ];

    [Theory]
    [MemberData(nameof(YamlFiles))]
    public void Is_one_document_that_parses(string file)
    {
        YamlStream stream = [];
        using StreamReader reader = new(Repo.At(file));
        stream.Load(reader);
        Assert.Single(stream.Documents);
    }

    [Fact]
    public void Base_lists_every_file_beside_it()
    {
        string folder = Repo.At("deploy", "kubernetes", "base");
        string[] there = [.. Directory.EnumerateFiles(folder, "*.yaml").Select(file => Path.GetFileName(file)).Except(["kustomization.yaml"])];
        string text = File.ReadAllText(Path.Combine(folder, "kustomization.yaml"));
        Assert.Equal(7, there.Length);
        Assert.All(there, file => Assert.Contains($"  - {file}\n", text, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Rendered.Installations), MemberType = typeof(Rendered))]
    public async Task Renders_seven_objects_without_unknown_fields(string installation)
    {
        Rendered rendered = await Rendered.OfAsync(installation);
        Assert.Equal(
            ["V1ClusterRole", "V1ClusterRoleBinding", "V1ConfigMap", "V1DaemonSet", "V1Namespace", "V1Service", "V1ServiceAccount"],
            rendered.Objects.Select(item => item.GetType().Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Rendered.Installations), MemberType = typeof(Rendered))]
    public async Task References_between_objects_lead_somewhere(string installation)
    {
        Rendered rendered = await Rendered.OfAsync(installation);
        V1ServiceAccount account = rendered.One<V1ServiceAccount>();
        V1ClusterRoleBinding binding = rendered.One<V1ClusterRoleBinding>();
        Rbacv1Subject subject = Assert.Single(binding.Subjects);
        Assert.Equal(("ServiceAccount", account.Metadata.Name, account.Metadata.NamespaceProperty), (subject.Kind, subject.Name, subject.NamespaceProperty));
        Assert.Equal(("ClusterRole", rendered.One<V1ClusterRole>().Metadata.Name), (binding.RoleRef.Kind, binding.RoleRef.Name));
        Assert.Equal(account.Metadata.Name, rendered.Pod.ServiceAccountName);
        Assert.Equal(rendered.One<V1ConfigMap>().Metadata.Name, Assert.Single(rendered.Agent.EnvFrom).ConfigMapRef.Name);

        string space = rendered.One<V1Namespace>().Metadata.Name;
        V1ObjectMeta[] namespaced =
        [
            account.Metadata, rendered.One<V1ConfigMap>().Metadata, rendered.One<V1Service>().Metadata, rendered.DaemonSet.Metadata,
        ];
        Assert.All(namespaced, item => Assert.Equal(space, item.NamespaceProperty));
    }

    [Theory]
    [MemberData(nameof(Rendered.Installations), MemberType = typeof(Rendered))]
    public async Task Selectors_select_the_agents_pods(string installation)
    {
        Rendered rendered = await Rendered.OfAsync(installation);
        IDictionary<string, string> labels = rendered.DaemonSet.Spec.Template.Metadata.Labels;
        Assert.All(rendered.DaemonSet.Spec.Selector.MatchLabels, label => Assert.Equal(label.Value, labels[label.Key]));
        V1Service service = rendered.One<V1Service>();
        Assert.All(service.Spec.Selector, label => Assert.Equal(label.Value, labels[label.Key]));
        Assert.Equal("None", service.Spec.ClusterIP);
        string[] ports = [.. rendered.Agent.Ports.Select(port => port.Name)];
        Assert.All(service.Spec.Ports, port => Assert.Contains(port.TargetPort.Value, ports));
    }

    [Theory]
    [MemberData(nameof(Rendered.Installations), MemberType = typeof(Rendered))]
    public async Task Every_mount_has_its_volume_and_every_volume_its_mount(string installation)
    {
        Rendered rendered = await Rendered.OfAsync(installation);
        Assert.Equal(
            rendered.Pod.Volumes.Select(volume => volume.Name).Order(StringComparer.Ordinal),
            rendered.Agent.VolumeMounts.Select(mount => mount.Name).Order(StringComparer.Ordinal));

        // A hugepages volume without the resource keeps the pod from starting.
        bool hasVolume = rendered.Pod.Volumes.Any(volume => volume.EmptyDir?.Medium == "HugePages-2Mi");
        Assert.Equal(hasVolume, rendered.Agent.Resources.Limits.ContainsKey("hugepages-2Mi"));
        Assert.Equal(!installation.Contains("no-hugepages", StringComparison.Ordinal), hasVolume);
    }
}

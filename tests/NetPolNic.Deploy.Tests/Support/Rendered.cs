using k8s;
using k8s.Models;

namespace NetPolNic.Deploy.Tests.Support;

/// <summary>What <c>kubectl kustomize</c> makes of an overlay and components, read with no unknown field let through.</summary>
internal sealed class Rendered
{
    /// <summary>Overlays, each also with components put around it: what docs/deploy.md shows.</summary>
    public static TheoryData<string> Installations { get; } =
    [
        "mlx5",
        "mlx5 vhost-ports",
        "mlx5 no-hugepages",
        "mlx5 privileged-devices",
        "vfio-pci",
        "vfio-pci vhost-ports",
        "vfio-pci no-hugepages",
        "vfio-pci vhost-ports no-hugepages privileged-devices",
    ];

    private readonly List<object> _objects;

    private Rendered(string yaml)
    {
        Yaml = yaml;
        _objects = KubernetesYaml.LoadAllFromString(yaml, typeMap: null, strict: true);
    }

    public string Yaml { get; }

    public IReadOnlyList<object> Objects => _objects;

    public V1DaemonSet DaemonSet => One<V1DaemonSet>();

    public V1PodSpec Pod => DaemonSet.Spec.Template.Spec;

    public V1Container Agent => Assert.Single(Pod.Containers);

    public IDictionary<string, string> Config => One<V1ConfigMap>().Data;

    /// <summary>The only object of its kind.</summary>
    public T One<T>() => Assert.Single(_objects.OfType<T>());

    /// <summary>Renders "overlay component component"; skips where there is no kubectl.</summary>
    public static async Task<Rendered> OfAsync(string installation)
    {
        Tool.Need("kubectl");
        string[] parts = installation.Split(' ');
        using TempFolder folder = new();

        // kustomize takes relative paths only.
        string Relative(params string[] below) =>
            Path.GetRelativePath(folder.Path, Repo.At(["deploy", "kubernetes", .. below]));
        await File.WriteAllLinesAsync(
            Path.Combine(folder.Path, "kustomization.yaml"),
            [
                $"resources: [{Relative("overlays", parts[0])}]",
                $"components: [{string.Join(", ", parts[1..].Select(part => Relative("components", part)))}]",
            ]);
        (int status, string output, string error) = await Tool.RunAsync("kubectl", "kustomize", folder.Path);
        Assert.True(status == 0, error);
        return new Rendered(output);
    }
}

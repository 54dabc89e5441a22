using System.Collections.Immutable;
using System.Globalization;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Reading;

/// <summary>Collects the objects and problems of one load, and finds objects that are there twice.</summary>
internal sealed class LoadBuilder
{
    private readonly ImmutableArray<Namespace>.Builder _namespaces = ImmutableArray.CreateBuilder<Namespace>();
    private readonly ImmutableArray<Pod>.Builder _pods = ImmutableArray.CreateBuilder<Pod>();
    private readonly ImmutableArray<NetworkPolicy>.Builder _policies = ImmutableArray.CreateBuilder<NetworkPolicy>();
    private readonly List<ManifestProblem> _problems = [];
    private readonly Dictionary<string, string> _places = new(StringComparer.Ordinal);

    /// <summary>Objects of the kinds that policy depends on, refused ones included.</summary>
    public int ObjectCount { get; set; }

    /// <summary>Objects of any kind.</summary>
    public int DocumentCount { get; set; }

    public void Add(Namespace ns) => _namespaces.Add(ns);

    public void Add(Pod pod) => _pods.Add(pod);

    public void Add(NetworkPolicy policy) => _policies.Add(policy);

    public void Report(ManifestProblem problem) => _problems.Add(problem);

    public void Report(string file, int line, string reason) =>
        Report(new ManifestProblem(file, line, "", "", reason, false));

    /// <summary>Notes where an object stands; returns the place of an equal one before it, or null.</summary>
    /// <param name="identity">What must be unique.</param>
    /// <param name="file">File of the object.</param>
    /// <param name="line">Its first line.</param>
    public string? Claim(string identity, string file, int line)
    {
        if (_places.TryGetValue(identity, out string? place))
        {
            return place;
        }

        _places[identity] = string.Create(CultureInfo.InvariantCulture, $"{file}:{line}");
        return null;
    }

    public ManifestLoad Build()
    {
        bool isRefused = _problems.Exists(problem => !problem.IsWarning);
        ClusterState? state = isRefused
            ? null
            : new ClusterState(_namespaces.ToImmutable(), _pods.ToImmutable(), _policies.ToImmutable());
        IEnumerable<ManifestProblem> shown = _problems
            .GroupBy(problem => problem.File, StringComparer.Ordinal)
            .SelectMany(file => file.OrderBy(problem => problem.Line));
        if (_problems.Count > Limits.Problems)
        {
            string rest = string.Create(
                CultureInfo.InvariantCulture, $"{_problems.Count - Limits.Problems} more problems are not shown");
            shown = shown
                .OrderBy(problem => problem.IsWarning)
                .Take(Limits.Problems)
                .Append(new ManifestProblem(_problems[^1].File, 0, "", "", rest, !isRefused));
        }

        return new ManifestLoad(state, [.. shown], ObjectCount);
    }
}

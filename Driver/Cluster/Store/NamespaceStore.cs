using NetPolNic.Cluster.Sources;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Store;

/// <summary>The namespaces of the cluster. They go by name: one that was removed and made again is the same to policy.</summary>
internal sealed class NamespaceStore : KindStore<Namespace>
{
    private readonly SharedValues _shared = new();
    private readonly NamespaceReader _reader;

    public NamespaceStore() => _reader = new NamespaceReader(_shared);

    protected override Namespace Read(ReadOnlySpan<byte> json, out string resourceVersion) =>
        _reader.Read(json, out resourceVersion);

    protected override ObjectName NameOf(Namespace item) => new("", item.Name);

    protected override bool IsSame(Namespace known, Namespace item) => ObjectEquality.Same(known, item);

    protected override bool IsSameObject(Namespace known, Namespace item) => true;

    protected override void Put(ClusterChanges changes, Namespace item) => changes.Put(item);

    protected override void Remove(ClusterChanges changes, Namespace item) => changes.RemoveNamespace(item.Name);

    protected override void ForgetUnused()
    {
        if (_shared.WantsRebuild)
        {
            _shared.Rebuild(Known);
        }
    }
}

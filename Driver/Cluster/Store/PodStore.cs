using NetPolNic.Cluster.Sources;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Store;

/// <summary>The pods of the cluster.</summary>
internal sealed class PodStore : KindStore<Pod>
{
    private readonly SharedValues _shared = new();
    private readonly PodReader _reader;

    public PodStore() => _reader = new PodReader(_shared);

    /// <summary>Values held for sharing.</summary>
    internal int SharedCount => _shared.Count;

    protected override Pod Read(ReadOnlySpan<byte> json, out string resourceVersion) => _reader.Read(json, out resourceVersion);

    protected override ObjectName NameOf(Pod item) => new(item.Namespace, item.Name);

    protected override bool IsSame(Pod known, Pod item) => ObjectEquality.Same(known, item);

    protected override bool IsSameObject(Pod known, Pod item) => known.Uid == item.Uid;

    protected override void Put(ClusterChanges changes, Pod item) => changes.Put(item);

    protected override void Remove(ClusterChanges changes, Pod item) => changes.RemovePod(item.Uid);

    protected override void ForgetUnused()
    {
        if (_shared.WantsRebuild)
        {
            _shared.Rebuild(Known);
        }
    }
}

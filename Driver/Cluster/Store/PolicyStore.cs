using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Store;

/// <summary>The network policies of the cluster.</summary>
/// <param name="report">As for <see cref="PolicyReader"/>.</param>
internal sealed class PolicyStore(Action<string, string, string> report) : KindStore<PolicyEntry>
{
    private SharedValues _shared = new();
    private PolicyReader? _reader;

    /// <summary>Version of the policies that are read from now on; known ones of another are replaced by the next list.</summary>
    public void Use(PolicyApi api)
    {
        if (_reader is null || _reader.Api != api)
        {
            _reader = new PolicyReader(api, _shared, report);
        }
    }

    protected override PolicyEntry Read(ReadOnlySpan<byte> json, out string resourceVersion) =>
        (_reader ?? throw new InvalidOperationException("no API version")).Read(json, Find, out resourceVersion);

    protected override ObjectName NameOf(PolicyEntry item) => new(item.Policy.Namespace, item.Policy.Name);

    /// <remarks>The reader hands out the known entry itself where nothing has changed.</remarks>
    protected override bool IsSame(PolicyEntry known, PolicyEntry item) => ReferenceEquals(known, item);

    protected override bool IsSameObject(PolicyEntry known, PolicyEntry item) =>
        known.Policy.Uid == item.Policy.Uid && known.Policy.Api == item.Policy.Api;

    protected override void Put(ClusterChanges changes, PolicyEntry item) => changes.Put(item.Policy);

    protected override void Remove(ClusterChanges changes, PolicyEntry item) =>
        changes.RemovePolicy(item.Policy.Api, item.Policy.Uid);

    protected override void ForgetUnused()
    {
        if (_shared.WantsRebuild && _reader is not null)
        {
            _shared = new SharedValues();
            _reader = new PolicyReader(_reader.Api, _shared, report);
        }
    }
}

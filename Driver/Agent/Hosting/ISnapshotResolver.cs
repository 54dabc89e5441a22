using NetPolNic.Policy.Model;
using NetPolNic.Policy.Resolve;

namespace NetPolNic.Agent.Hosting;

/// <summary>The resolver as the apply loop uses it. Apply loop's thread.</summary>
internal interface ISnapshotResolver
{
    /// <summary>Takes changes in; doing so twice is the same as once.</summary>
    void Apply(ClusterChanges changes);

    /// <summary>The policy of the node; the previous instance where nothing differs.</summary>
    PolicySnapshot Resolve();

    /// <summary>All objects that were taken in.</summary>
    ClusterState ToState();
}

using System.Collections.Immutable;

namespace NetPolNic.Agent.Hosting;

/// <summary>Says what keeps a policy from being in force.</summary>
internal static class AgentReadiness
{
    /// <summary>One sentence each; empty where the policy of every local pod is in force.</summary>
    public static ImmutableArray<string> Of(AgentView view)
    {
        ImmutableArray<string>.Builder missing = ImmutableArray.CreateBuilder<string>();
        if (view.IsDraining)
        {
            missing.Add("stopping");
        }

        if (!view.IsSynced)
        {
            missing.Add("waiting for the first complete list of objects: nothing passes");
        }
        else if (view.AppliedAt is null)
        {
            missing.Add("no policy decides yet: nothing passes");
        }

        if (view.LastError is { } error)
        {
            missing.Add($"the last round failed, the policy before it decides: {error}");
        }

        if (view.Outcome is { HarmfulCount: > 0 and int harmful })
        {
            missing.Add($"{harmful} rules that should be gone from the NIC may drop what policy allows");
        }

        return missing.DrainToImmutable();
    }
}

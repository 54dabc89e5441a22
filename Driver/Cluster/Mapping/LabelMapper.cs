using System.Collections.Immutable;
using k8s.Models;
using NetPolNic.Cluster.Validation;
using NetPolNic.Policy.Model;

namespace NetPolNic.Cluster.Mapping;

/// <summary>Maps labels and label selectors.</summary>
internal static class LabelMapper
{
    /// <summary>Labels in ordinal order.</summary>
    public static ImmutableSortedDictionary<string, string> MapLabels(IDictionary<string, string>? labels) =>
        (labels ?? new Dictionary<string, string>()).ToImmutableSortedDictionary(
            label => label.Key, label => label.Value ?? "", StringComparer.Ordinal);

    /// <summary>
    /// A selector; null selects everything. Requirements that are not understood are left out, so that the result
    /// selects at least what was meant: for a policy's own selector that isolates more, never less (S-d2).
    /// </summary>
    public static LabelSelector MapSelector(V1LabelSelector? selector, FieldPath path, FaultSet faults)
    {
        ImmutableArray<LabelRequirement>.Builder requirements = ImmutableArray.CreateBuilder<LabelRequirement>();
        foreach ((string key, string value) in selector?.MatchLabels ?? new Dictionary<string, string>())
        {
            if (!faults.Touches(path.Child("matchLabels").Key(key)))
            {
                requirements.Add(new LabelRequirement(key, LabelOperator.In, [value ?? ""]));
            }
        }

        int index = 0;
        foreach (V1LabelSelectorRequirement requirement in selector?.MatchExpressions ?? [])
        {
            FieldPath requirementPath = path.Child("matchExpressions").Index(index++);
            if (!faults.Touches(requirementPath) &&
                Enum.TryParse(requirement.OperatorProperty, false, out LabelOperator parsed))
            {
                requirements.Add(new LabelRequirement(requirement.Key, parsed, [.. requirement.Values ?? []]));
            }
        }

        return requirements.Count == 0 ? LabelSelector.Everything : new LabelSelector(requirements.DrainToImmutable());
    }
}

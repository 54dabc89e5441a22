using k8s.Models;

namespace NetPolNic.Cluster.Validation;

/// <summary>Checks label selectors (S-b6).</summary>
internal static class LabelSelectorValidator
{
    public static void Validate(V1LabelSelector? selector, FieldPath path, ProblemList problems)
    {
        MetadataValidator.ValidateLabels(selector?.MatchLabels, path.Child("matchLabels"), problems);
        int index = 0;
        foreach (V1LabelSelectorRequirement requirement in selector?.MatchExpressions ?? [])
        {
            ValidateRequirement(requirement, path.Child("matchExpressions").Index(index++), problems);
        }
    }

    private static void ValidateRequirement(
        V1LabelSelectorRequirement requirement, FieldPath path, ProblemList problems)
    {
        FieldPath key = path.Child("key");
        if (string.IsNullOrEmpty(requirement.Key))
        {
            problems.Required(key);
        }
        else
        {
            problems.InvalidIf(key, requirement.Key, NameRules.QualifiedName(requirement.Key));
        }

        FieldPath values = path.Child("values");
        int count = requirement.Values?.Count ?? 0;
        switch (requirement.OperatorProperty)
        {
            case null or "":
                problems.Required(path.Child("operator"));
                break;
            case "In" or "NotIn" when count == 0:
                problems.Required(values, "the operators In and NotIn need at least one value");
                break;
            case "Exists" or "DoesNotExist" when count > 0:
                problems.Forbidden(values, "the operators Exists and DoesNotExist take no values");
                break;
            case "In" or "NotIn" or "Exists" or "DoesNotExist":
                break;
            default:
                problems.Unsupported(
                    path.Child("operator"), requirement.OperatorProperty, "In", "NotIn", "Exists", "DoesNotExist");
                break;
        }

        for (int i = 0; i < count; i++)
        {
            string value = requirement.Values![i] ?? "";
            problems.InvalidIf(values.Index(i), value, NameRules.LabelValue(value));
        }
    }
}

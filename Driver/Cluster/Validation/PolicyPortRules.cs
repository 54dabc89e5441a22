using System.Globalization;
using k8s.Models;

namespace NetPolNic.Cluster.Validation;

/// <summary>Checks port numbers and names.</summary>
internal static class PolicyPortRules
{
    private const string OutOfRange = "must be between 1 and 65535";

    /// <summary>Checks a numeric port.</summary>
    public static void ValidateNumber(int number, FieldPath path, ProblemList problems)
    {
        if (number is < 1 or > ushort.MaxValue)
        {
            problems.Invalid(path, number.ToString(CultureInfo.InvariantCulture), OutOfRange);
        }
    }

    /// <summary>Checks a rule's port; returns its number, or null where it has none.</summary>
    public static int? ValidatePort(IntOrString? port, FieldPath path, ProblemList problems)
    {
        if (port is null)
        {
            return null;
        }

        if (int.TryParse(port.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
        {
            ValidateNumber(number, path, problems);
            return number;
        }

        if (string.IsNullOrEmpty(port.Value))
        {
            problems.Required(path, "an empty port name names nothing");
        }
        else
        {
            problems.InvalidIf(path, port.Value, NameRules.PortName(port.Value));
        }

        return null;
    }
}

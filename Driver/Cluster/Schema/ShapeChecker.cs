using System.Globalization;
using System.Text.Json;
using NetPolNic.Cluster.Reading;
using NetPolNic.Cluster.Validation;

namespace NetPolNic.Cluster.Schema;

/// <summary>
/// Checks a node against a shape and writes what fits as JSON for the Kubernetes client. What does not fit is
/// reported and left out, except that list items keep their place, so that later field paths stay right.
/// </summary>
internal sealed class ShapeChecker(Utf8JsonWriter json, List<ShapeProblem> problems)
{
    private ShapeChecker? _discarding;

    /// <summary>Checks a value and writes it, or a placeholder where it does not fit.</summary>
    public void Check(ManifestNode node, Shape shape, FieldPath path)
    {
        switch (shape)
        {
            case ScalarShape scalar:
                CheckScalar(node, scalar.Type, path);
                break;
            case ListShape list when IsKind(node, NodeKind.List, path):
                CheckList(node, list.Item, path);
                break;
            case StringMapShape when IsKind(node, NodeKind.Map, path):
                CheckStringMap(node, path);
                break;
            case ObjectShape known when IsKind(node, NodeKind.Map, path):
                CheckObject(node, known, path);
                break;
            case IgnoredShape:
                ReportDuplicates(node, path);
                json.WriteNullValue();
                break;
            default:
                json.WriteRawValue(shape is ListShape ? "[]" : "{}");
                break;
        }
    }

    private void CheckObject(ManifestNode node, ObjectShape shape, FieldPath path)
    {
        ReportOwnDuplicates(node, path);
        json.WriteStartObject();
        foreach (ManifestEntry entry in node.Entries)
        {
            FieldPath child = path.Child(entry.Key);
            if (!shape.Fields.TryGetValue(entry.Key, out FieldShape? field))
            {
                if (shape.IsStrict)
                {
                    Report(child, Suggestion.ForUnknownField(entry.Key, shape.Fields.Keys));
                }
                else
                {
                    ReportDuplicates(entry.Value, child);
                }
            }
            else if (entry.Value.Kind != NodeKind.Null)
            {
                CheckField(entry.Value, field, child);
            }
        }

        json.WriteEndObject();
    }

    private void CheckField(ManifestNode value, FieldShape field, FieldPath path)
    {
        if (field.IsKept && field.Shape is not IgnoredShape)
        {
            json.WritePropertyName(field.Name);
            Check(value, field.Shape, path);
            return;
        }

        _discarding ??= new ShapeChecker(
            new Utf8JsonWriter(Stream.Null, new JsonWriterOptions { SkipValidation = true }), problems);
        _discarding.Check(value, field.Shape, path);
    }

    private void CheckList(ManifestNode node, Shape item, FieldPath path)
    {
        json.WriteStartArray();
        for (int i = 0; i < node.Items.Count; i++)
        {
            Check(node.Items[i], item, path.Index(i));
        }

        json.WriteEndArray();
    }

    private void CheckStringMap(ManifestNode node, FieldPath path)
    {
        foreach (ManifestEntry duplicate in node.Duplicates)
        {
            ReportDuplicate(node, duplicate, path.Key(duplicate.Key));
        }

        json.WriteStartObject();
        foreach (ManifestEntry entry in node.Entries)
        {
            json.WritePropertyName(entry.Key);
            if (entry.Value.Kind == NodeKind.Null)
            {
                // The API server reads a null in a map of strings as "".
                json.WriteStringValue("");
            }
            else
            {
                CheckScalar(entry.Value, ScalarType.String, path.Key(entry.Key));
            }
        }

        json.WriteEndObject();
    }

    private void CheckScalar(ManifestNode node, ScalarType type, FieldPath path)
    {
        switch (type)
        {
            case ScalarType.Int32 when TryReadInteger(node, int.MinValue, int.MaxValue, path, out long number):
            case ScalarType.IntOrString when node.Kind != NodeKind.String &&
                TryReadInteger(node, int.MinValue, int.MaxValue, path, out number, "an integer or a string"):
            case ScalarType.Int64 when TryReadInteger(node, long.MinValue, long.MaxValue, path, out number):
                json.WriteNumberValue(number);
                return;
            case ScalarType.Int32 or ScalarType.Int64:
                json.WriteNumberValue(0);
                return;
            case ScalarType.IntOrString when node.Kind != NodeKind.String:
                json.WriteNumberValue(0);
                return;
            case ScalarType.Bool:
                _ = IsKind(node, NodeKind.Bool, path);
                json.WriteBooleanValue(node is { Kind: NodeKind.Bool, Text: "true" });
                return;
            default:
                break;
        }

        bool isString = IsKind(node, NodeKind.String, path);
        json.WriteStringValue(isString ? node.Text : "");
        if (isString && type == ScalarType.IntOrString && int.TryParse(node.Text, CultureInfo.InvariantCulture, out _))
        {
            string shown = Wording.Quote(node.Text);
            const string Rule = "a port name must contain at least one letter; a number goes without quotes";
            Report(path, $"invalid value {shown}: {Rule}");
        }

        if (isString && type == ScalarType.Time && !IsTime(node.Text))
        {
            Report(path, $"invalid value {Wording.Quote(node.Text)}: must be a time like 2006-01-02T15:04:05Z");
        }
    }

    private bool TryReadInteger(
        ManifestNode node, long min, long max, FieldPath path, out long value, string wanted = "an integer")
    {
        value = 0;
        if (node.Kind != NodeKind.Int)
        {
            Report(path, WrongKind(node, wanted));
            return false;
        }

        bool isPlain = node.Text.TrimStart('-') is ['0'] or [not '0', ..] &&
            node.Text.AsSpan().TrimStart('-').IndexOfAnyExceptInRange('0', '9') < 0;
        if (!isPlain)
        {
            Report(path, $"invalid value {Wording.Quote(node.Text)}: must be written as a plain decimal number");
            return false;
        }

        if (!long.TryParse(node.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) ||
            value < min || value > max)
        {
            Report(path, $"invalid value {node.Text}: the number is out of range");
            return false;
        }

        return true;
    }

    private bool IsKind(ManifestNode node, NodeKind kind, FieldPath path)
    {
        if (node.Kind == kind)
        {
            return true;
        }

        string wanted = kind switch
        {
            NodeKind.List => "a list",
            NodeKind.Map => "an object",
            NodeKind.Bool => "true or false",
            _ => "a string",
        };
        Report(path, WrongKind(node, wanted));
        return false;
    }

    private static string WrongKind(ManifestNode node, string wanted)
    {
        string found = node.Kind switch
        {
            NodeKind.Null => "null",
            NodeKind.List => "a list",
            NodeKind.Map => "an object",
            NodeKind.Bool => $"the boolean {node.Text}",
            NodeKind.String => $"the string {Wording.Quote(node.Text)}",
            _ => $"the number {Wording.Shorten(node.Text)}",
        };
        bool wantsQuotes = wanted == "a string" && node.Kind is (NodeKind.Bool or NodeKind.Int or NodeKind.Float);
        return $"must be {wanted}, not {found}{(wantsQuotes ? "; put it in quotes" : "")}";
    }

    private void ReportDuplicates(ManifestNode node, FieldPath path)
    {
        if (!node.HasDuplicates)
        {
            return;
        }

        ReportOwnDuplicates(node, path);
        foreach (ManifestEntry entry in node.Entries)
        {
            ReportDuplicates(entry.Value, path.Child(entry.Key));
        }

        for (int i = 0; i < node.Items.Count; i++)
        {
            ReportDuplicates(node.Items[i], path.Index(i));
        }
    }

    private void ReportOwnDuplicates(ManifestNode node, FieldPath path)
    {
        foreach (ManifestEntry duplicate in node.Duplicates)
        {
            ReportDuplicate(node, duplicate, path.Child(duplicate.Key));
        }
    }

    private void ReportDuplicate(ManifestNode map, ManifestEntry duplicate, FieldPath path)
    {
        int first = map.Entries.First(entry => entry.Key == duplicate.Key).Line;
        string reason = string.Create(CultureInfo.InvariantCulture, $"set twice, first on line {first}");
        problems.Add(new ShapeProblem(new FieldProblem(path, reason), duplicate.Line));
    }

    private void Report(FieldPath path, string reason) =>
        problems.Add(new ShapeProblem(new FieldProblem(path, reason), null));

    private static bool IsTime(string text) => DateTimeOffset.TryParseExact(
        text,
        ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"],
        CultureInfo.InvariantCulture,
        DateTimeStyles.None,
        out _);
}

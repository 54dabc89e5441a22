namespace NetPolNic.Cluster.Schema;

/// <summary>What a value of a manifest has to look like before it becomes an object of the Kubernetes client.</summary>
internal abstract record Shape
{
    public static Shape String { get; } = new ScalarShape(ScalarType.String);

    public static Shape Int32 { get; } = new ScalarShape(ScalarType.Int32);

    public static Shape Int64 { get; } = new ScalarShape(ScalarType.Int64);

    public static Shape Bool { get; } = new ScalarShape(ScalarType.Bool);

    public static Shape Time { get; } = new ScalarShape(ScalarType.Time);

    public static Shape IntOrString { get; } = new ScalarShape(ScalarType.IntOrString);

    public static Shape StringMap { get; } = new StringMapShape();

    /// <summary>Any value; only duplicate keys are looked for, and nothing of it is kept.</summary>
    public static Shape Ignored { get; } = new IgnoredShape();

    public static Shape ListOf(Shape item) => new ListShape(item);

    /// <summary>An object that refuses unknown fields.</summary>
    public static Shape Strict(params FieldShape[] fields) => new ObjectShape(ToTable(fields), true);

    /// <summary>An object whose other fields are somebody else's.</summary>
    public static Shape Lenient(params FieldShape[] fields) => new ObjectShape(ToTable(fields), false);

    private static Dictionary<string, FieldShape> ToTable(FieldShape[] fields) =>
        fields.ToDictionary(field => field.Name, StringComparer.Ordinal);
}

/// <summary>A scalar.</summary>
internal sealed record ScalarShape(ScalarType Type) : Shape;

/// <summary>A list.</summary>
internal sealed record ListShape(Shape Item) : Shape;

/// <summary>A map from keys that the user chooses to strings.</summary>
internal sealed record StringMapShape : Shape;

/// <summary>Anything.</summary>
internal sealed record IgnoredShape : Shape;

/// <summary>An object with fields known by name.</summary>
internal sealed record ObjectShape(IReadOnlyDictionary<string, FieldShape> Fields, bool IsStrict) : Shape;

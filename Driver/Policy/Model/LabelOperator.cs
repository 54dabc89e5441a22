namespace NetPolNic.Policy.Model;

/// <summary>Operator of a label requirement.</summary>
public enum LabelOperator : byte
{
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

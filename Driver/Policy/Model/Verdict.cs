namespace NetPolNic.Policy.Model;

/// <summary>What policy decides.</summary>
public enum Verdict : byte
{
    Deny,
    Allow,
}

namespace Microsoft.SqlServer.Server;

/// <summary>How a user-defined type of SQL Server is laid out. None is used here.</summary>
public enum Format
{
    /// <summary>Not said.</summary>
    Unknown,

    /// <summary>As the fields lie in memory.</summary>
    Native,

    /// <summary>As the type writes itself.</summary>
    UserDefined,
}

/// <summary>A user-defined type that reads and writes itself.</summary>
public interface IBinarySerialize
{
    /// <summary>Reads it.</summary>
    void Read(BinaryReader r);

    /// <summary>Writes it.</summary>
    void Write(BinaryWriter w);
}

/// <summary>Marks a user-defined type.</summary>
/// <param name="format">How it is laid out.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class SqlUserDefinedTypeAttribute(Format format) : Attribute
{
    /// <summary>How it is laid out.</summary>
    public Format Format => format;

    /// <summary>Most bytes that one value takes.</summary>
    public int MaxByteSize { get; set; }

    /// <summary>Whether every value takes as many.</summary>
    public bool IsFixedLength { get; set; }

    /// <summary>Whether the bytes sort as the values do.</summary>
    public bool IsByteOrdered { get; set; }

    /// <summary>Its name on the server.</summary>
    public string? Name { get; set; }

    /// <summary>The method that checks a value.</summary>
    public string? ValidationMethodName { get; set; }
}

/// <summary>A type that cannot be a user-defined one.</summary>
public sealed class InvalidUdtException : SystemException
{
    /// <summary>Without words.</summary>
    public InvalidUdtException()
    {
    }

    /// <summary>With words.</summary>
    public InvalidUdtException(string message)
        : base(message)
    {
    }

    /// <summary>With words and a cause.</summary>
    public InvalidUdtException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Of a type, with the reason.</summary>
    public static InvalidUdtException Create(Type udtType, string resourceReason) => new($"{udtType.FullName}: {resourceReason}");
}

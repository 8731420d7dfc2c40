using System.Buffers.Binary;
using System.Text;

namespace Subscriptions.Paywall;

/// <summary>Writes numbers, times and texts one after the other, each as short as it can be. One per thread, used anew for each answer.</summary>
internal sealed class PackWriter
{
    private const int FirstSize = 512;
    private byte[] _bytes = new byte[FirstSize];
    private int _length;

    public void Clear() => _length = 0;

    public byte[] ToArray() => _bytes.AsSpan(0, _length).ToArray();

    public void Byte(byte value) => Room(1)[0] = value;

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Room(value.Length));

    /// <summary>A number of any size; small ones in one byte.</summary>
    public void Number(long value)
    {
        var rest = (ulong)((value << 1) ^ (value >> 63));
        for (; rest >= 0x80; rest >>= 7)
            Byte((byte)(rest | 0x80));
        Byte((byte)rest);
    }

    public void Time(DateTimeOffset value) => BinaryPrimitives.WriteInt64LittleEndian(Room(sizeof(long)), value.UtcTicks);

    public void Time(DateTimeOffset? value)
    {
        Byte(value is null ? (byte)0 : (byte)1);
        if (value is { } time)
            Time(time);
    }

    /// <summary>A text of its own.</summary>
    public void Text(string? value)
    {
        if (value is null)
        {
            Number(-1);
            return;
        }

        var length = Encoding.UTF8.GetByteCount(value);
        Number(length);
        Encoding.UTF8.GetBytes(value, Room(length));
    }

    /// <summary>A text that many answers share.</summary>
    public void Word(string? value)
    {
        var number = value is null ? -1 : SharedWords.NumberOf(value);
        Number(number);
        if (number < 0)
            Text(value);
    }

    private Span<byte> Room(int length)
    {
        if (_length + length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + length));
        var room = _bytes.AsSpan(_length, length);
        _length += length;
        return room;
    }
}

/// <summary>Reads what <see cref="PackWriter"/> wrote, in the same order.</summary>
internal ref struct PackReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public byte Byte() => Take(1)[0];

    public long Number()
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return (long)(value >> 1) ^ -(long)(value & 1);
        }
    }

    public DateTimeOffset Time() => new(BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long))), TimeSpan.Zero);

    public DateTimeOffset? TimeOrNull() => Byte() == 0 ? null : Time();

    public string? Text() => Number() is >= 0 and var length ? Encoding.UTF8.GetString(Take((int)length)) : null;

    public string? Word() => Number() is >= 0 and var number ? SharedWords.Word((int)number) : Text();

    public ReadOnlySpan<byte> Take(int length)
    {
        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}

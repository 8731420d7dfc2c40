namespace Subscriptions.Bench;

/// <summary>Each figure beside what it must be.</summary>
internal sealed class Report
{
    private readonly List<(string What, string Is, string Must, string Aim, string Verdict)> _rows = [];
    private readonly List<string> _notes = [];

    /// <summary>A figure that must not be below another.</summary>
    public void AtLeast(string what, double value, double must, double aim) =>
        _rows.Add((what, $"{value:F3}", $"≥ {must:F2}", $"{aim:F2}", value < must ? "falls short" : ""));

    /// <summary>A figure that must not be above another.</summary>
    public void AtMost(string what, double value, double must, string unit, string aim) =>
        _rows.Add((what, $"{Short(value)} {unit}", $"≤ {Short(must)} {unit}", aim, value > must ? "falls short" : ""));

    /// <summary>A figure that is told and not judged.</summary>
    public void Told(string what, string value) => _rows.Add((what, value, "", "", ""));

    /// <summary>What could not be measured falls short.</summary>
    public void Failed(string what, Exception why)
    {
        _rows.Add((what, "not measured", "", "", "falls short"));
        _notes.Add($"{what}: {why.Message}");
    }

    /// <summary>Prints all, and gives the exit code.</summary>
    public int Print()
    {
        Console.WriteLine();
        Line("", "is", "must be", "aim", "");
        foreach (var (what, value, must, aim, verdict) in _rows)
            Line(what, value, must, aim, verdict);
        foreach (var note in _notes)
            Console.WriteLine(note);
        return _rows.Exists(row => row.Verdict.Length > 0) ? 1 : 0;
    }

    private static void Line(string what, string value, string must, string aim, string verdict) =>
        Console.WriteLine($"{what,-66}{value,16}{must,14}{aim,10}  {verdict}".TrimEnd());

    private static string Short(double value) => value.ToString(value >= 100 ? "N0" : "0.##", System.Globalization.CultureInfo.InvariantCulture);
}
